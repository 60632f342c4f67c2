import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { drawGaps, drawMarks, type Mark } from './overlay';
import type { Axis } from './panels';
import type { Series } from './series';
import type { Span } from './span';
import type { ShownGap } from './summary';
import { timeLabels } from './ticks';

/** A line with its looks. */
export interface Line {
  series: Series;
  axis: string;
  colour: string;
  dash?: number[];
}

/** What a plot shows. */
export interface Picture {
  lines: Line[];
  axes: Axis[];
  time: Span;
  /** Time zone; that of this computer if absent. */
  zone: string | undefined;
  gaps: ShownGap[];
  marks: Mark[];
  /** Whether least and largest values are drawn around the line. */
  band: boolean;
  width: number;
  height: number;
  /** Room for axes, the same in all plots of a chart, so that their times stand below one another. */
  room: { leftAxis: number; rightAxis: number; left: number; right: number };
  /** Whether times stand below it; one of several plots says them for all. */
  timed: boolean;
  /** Plots with the same one share their cursor. */
  sync: string;
  /** Colours as the canvas takes them. */
  colour: (token: string) => string;
}

export interface Wishes {
  zoom: (from: number, to: number) => void;
  out: () => void;
  cursor: (at: number | null) => void;
}

/** A plot in an element; the picture may change, the wishes stay. */
export class Plot {
  #plot: uPlot | undefined;
  #shape = '';

  constructor(
    private readonly element: HTMLElement,
    private readonly wishes: Wishes,
    private picture: Picture,
  ) {
    this.draw(picture);
  }

  draw(picture: Picture) {
    const before = this.picture;
    this.picture = picture;
    const shape = shapeOf(picture);
    if (!this.#plot || shape !== this.#shape) {
      this.destroy();
      this.#shape = shape;
      this.#plot = new uPlot(this.#options(), dataOf(picture), this.element);
      return;
    }
    const { width, height } = picture;
    if (width !== before.width || height !== before.height) this.#plot.setSize({ width, height });
    this.#plot.setData(dataOf(picture));
  }

  destroy() {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #options(): uPlot.Options {
    const { width, height, room, axes, sync } = this.picture;
    const left = axes.filter(({ side }) => side === 'left').length * room.leftAxis;
    const right = axes.filter(({ side }) => side === 'right').length * room.rightAxis;
    return {
      width,
      height,
      ms: 1,
      tzDate: (time) => {
        const { zone } = this.picture;
        return zone ? uPlot.tzDate(new Date(time), zone) : new Date(time);
      },
      padding: [10, 8 + room.right - right, 0, room.left - left],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 6 },
        sync: { key: sync, setSeries: false },
        bind: {
          dblclick: () => () => {
            this.wishes.out();
            return null;
          },
        },
      },
      scales: {
        x: { time: true, range: () => [this.picture.time.from, this.picture.time.to] },
        ...this.#scales(),
      },
      axes: [this.#timeAxis(), ...axes.map((axis, index) => this.#valueAxis(axis, index))],
      series: [{}, ...this.picture.lines.flatMap((line, index) => this.#lines(line, index))],
      bands: this.#bands(),
      hooks: {
        drawClear: [(plot) => drawGaps(plot, this.picture)],
        draw: [(plot) => drawMarks(plot, this.picture)],
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [
          ({ cursor: { left = -1 }, posToVal }) => this.wishes.cursor(left < 0 ? null : posToVal(left, 'x')),
        ],
      },
    };
  }

  #selected(plot: uPlot) {
    const { left, width } = plot.select;
    if (width > 0) this.wishes.zoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #scales(): uPlot.Scales {
    return Object.fromEntries(
      this.picture.axes.map((axis): [string, uPlot.Scale] => [
        axis.key,
        {
          range: (_, min: number | null, max: number | null) => {
            if (axis.states) return [-0.5, Math.max(1, axis.states.length) - 0.5];
            return figureRange(min, max);
          },
        },
      ]),
    );
  }

  #timeAxis(): uPlot.Axis {
    return {
      ...this.#ink(),
      space: 76,
      size: this.picture.timed ? 42 : 10,
      values: (_, marks, __, ___, apart) =>
        this.picture.timed ? timeLabels(marks, apart, this.picture.zone) : marks.map(() => ''),
    };
  }

  #valueAxis({ key, side, states, unit, whole }: Axis, index: number): uPlot.Axis {
    const { leftAxis, rightAxis } = this.picture.room;
    const size = side === 'left' ? leftAxis : rightAxis;
    const ink = this.#ink();
    const first = this.picture.lines.find(({ axis }) => axis === key);
    const only = this.picture.axes.length === 1;
    return {
      ...ink,
      // Several axes take the colour of their first line, to tell them apart.
      stroke: () => this.picture.colour(only || !first ? 'var(--muted)' : first.colour),
      scale: key,
      side: side === 'left' ? 3 : 1,
      size,
      space: 32,
      grid: { ...ink.grid, show: index === 0 },
      incrs: whole ? WHOLE_STEPS : undefined,
      splits: states ? () => states.map((_, state) => state) : undefined,
      values: states
        ? () => states.map((state) => shortened(state, size))
        : (_, marks) => marks.map((mark, i) => axisText(mark, i === marks.length - 1 ? unit : '')),
    };
  }

  #ink() {
    const line = () => this.picture.colour('var(--line)');
    return {
      stroke: () => this.picture.colour('var(--muted)'),
      font: `12px ${getComputedStyle(this.element).fontFamily}`,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 },
    };
  }

  #lines({ axis, dash, series }: Line, index: number): uPlot.Series[] {
    const colour = () => this.picture.colour(this.picture.lines[index]?.colour ?? 'var(--ink)');
    const common = { scale: axis, points: { show: false } };
    const path = series.stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
    const line: uPlot.Series = { ...common, stroke: colour, width: 1.8, dash, paths: path };
    if (!banded(this.picture, series)) return [line];
    const edge: uPlot.Series = { ...common, width: 0, paths: uPlot.paths.linear?.() };
    return [line, { ...edge }, { ...edge }];
  }

  #bands(): uPlot.Band[] {
    const bands: uPlot.Band[] = [];
    let at = 1;
    for (const [index, { series }] of this.picture.lines.entries()) {
      if (banded(this.picture, series)) {
        const fill = () => alpha(this.picture.colour(this.picture.lines[index]?.colour ?? ''), 0.2);
        bands.push({ series: [at + 2, at + 1], fill });
        at += 3;
      } else at += 1;
    }
    return bands;
  }
}

const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 10 }, (_, zeros) => step * 10 ** zeros))
  .sort((a, b) => a - b);

const banded = ({ band }: Picture, series: Series) => band && series.banded;

/** What a plot cannot change once it is made. */
function shapeOf({ lines, axes, room, band, zone, timed }: Picture): string {
  const drawn = lines.map(({ series, axis, dash }) => [
    series.key,
    axis,
    dash,
    series.stepped,
    series.banded,
  ]);
  return JSON.stringify([drawn, axes, room, band, zone, timed]);
}

function dataOf(picture: Picture): uPlot.AlignedData {
  const tables = picture.lines.map(({ series }) => {
    const { times, values, low, high } = series;
    return (banded(picture, series) ? [times, values, low, high] : [times, values]) as uPlot.AlignedData;
  });
  return tables.length > 0 ? uPlot.join(tables) : [[]];
}

/** A little room above and below; what never is negative begins nowhere below zero. */
function figureRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = (max - min) * 0.08 || Math.max(Math.abs(max) * 0.05, 0.5);
  return [min >= 0 ? Math.max(0, min - room) : min - room, max + room];
}

function axisText(value: number, unit: string): string {
  const text = Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(6)));
  return unit ? `${text} ${unit}` : text;
}

/** About as much of a name as the axis has room for. */
function shortened(text: string, width: number): string {
  const most = Math.floor((width - 18) / 7.5);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A resolved colour, `rgb(…)`, with less of it. */
function alpha(colour: string, part: number): string {
  return colour.replace(/^rgb\(([^)]*)\)$/, `rgb($1 / ${part})`).replaceAll(',', ' ');
}
