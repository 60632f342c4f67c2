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
    let value = known.get(colour);
    if (value === undefined) {
      const before = element.style.color;
      element.style.color = colour;
      known.set(colour, (value = getComputedStyle(element).color));
      element.style.color = before;
    }
    return value;
  };
}
