import type { Series } from './series';

/** A scale with an axis of its own. */
export interface Axis {
  /** Unit, or names of states. */
  key: string;
  unit: string;
  states?: string[];
  /** Its values are whole numbers. */
  whole: boolean;
  side: 'left' | 'right';
}

/** Lines that are drawn into one frame. */
export interface Panel {
  axes: Axis[];
  series: { axis: string; index: number }[];
}

/** Beyond that, axes take more room than lines. */
const MOST_AXES = 4;
const MOST_AXES_NARROW = 2;
const NARROW_PX = 620;

/**
 * Which lines share a frame: all of them while there are few units, else one frame a unit, below one
 * another. States always have a frame of their own, since their names are not figures.
 */
export function panelsOf(series: Series[], width: number): Panel[] {
  const units = new Map<string, Panel>();
  for (const [index, each] of series.entries()) {
    const axis = axisOf(each);
    let panel = units.get(axis.key);
    if (!panel) units.set(axis.key, (panel = { axes: [axis], series: [] }));
    panel.series.push({ axis: axis.key, index });
    if (!axis.whole && panel.axes[0]) panel.axes[0].whole = false;
  }
  const panels = [...units.values()];
  const figures = panels.filter(({ axes }) => !axes[0]?.states);
  const states = panels.filter(({ axes }) => axes[0]?.states);
  const most = width < NARROW_PX ? MOST_AXES_NARROW : MOST_AXES;
  return [...(figures.length > 1 && figures.length <= most ? [merged(figures)] : figures), ...states];
}

function axisOf({ key, unit, states, step }: Series): Axis {
  if (!states) return { key: unit || '#', unit, whole: (step ?? 0) >= 1, side: 'left' };
  // The same names share an axis.
  return {
    key: states.length ? `=${states.join()}` : `=${key}`,
    unit: '',
    states,
    whole: true,
    side: 'left',
  };
}

/** Axes go left and right in turn, so that none is far from its lines. */
function merged(panels: Panel[]): Panel {
  return {
    axes: panels.flatMap(({ axes }) => axes).map((axis, i) => ({ ...axis, side: i % 2 ? 'right' : 'left' })),
    series: panels.flatMap(({ series }) => series),
  };
}
