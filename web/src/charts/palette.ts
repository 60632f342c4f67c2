import './palette.css';

const COLOURS = 10;

/** How the line with this number looks; from the eleventh on they are dashed. */
export function colourOf(index: number): string {
  return `var(--line-${(index % COLOURS) + 1})`;
}

export function dashOf(index: number): number[] | undefined {
  const round = Math.floor(index / COLOURS);
  return round === 0 ? undefined : [6 / round, 4];
}

/** A colour as the canvas takes it: tokens say what they are in either theme. */
export function resolver(element: HTMLElement): (colour: string) => string {
  const known = new Map<string, string>();
  return (colour) => {
    const value = known.get(colour) ?? resolved(element, colour);
    known.set(colour, value);
    return value;
  };
}

/** Asked of an element made for it, which has no colour before that it could come from slowly. */
function resolved(element: HTMLElement, colour: string): string {
  const probe = document.createElement('i');
  probe.style.color = colour;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
