import type { HistoryGap } from '../lib/api/types';
import { valueText, valueWithUnit, type Series } from './series';
import { lengthWords, type Span } from './span';

/** What a series comes to. */
export interface Summary {
  min: number | null;
  /** Over the time that is known: a value counts as long as it held. */
  mean: number | null;
  max: number | null;
  last: number | null;
}

const NOTHING: Summary = { min: null, mean: null, max: null, last: null };

/** States have a last value only. */
export function summaryOf(series: Series): Summary {
  const known = series.values.filter((value) => value !== null);
  if (known.length === 0) return NOTHING;
  // A bucket is drawn as its mean, but what held last is its last reading.
  const last = series.recorded.at(-1)?.last ?? known.at(-1) ?? null;
  if (series.states) return { ...NOTHING, last };
  const lows = series.low.filter((value) => value !== null);
  const highs = series.high.filter((value) => value !== null);
  return {
    min: lows.reduce((least, value) => Math.min(least, value), Infinity),
    mean: meanOf(series),
    max: highs.reduce((most, value) => Math.max(most, value), -Infinity),
    last,
  };
}

function meanOf({ times, values, stepped }: Series): number | null {
  let area = 0;
  let length = 0;
  for (let i = 1; i < times.length; i++) {
    const before = values[i - 1] ?? null;
    const after = values[i] ?? null;
    const took = (times[i] ?? 0) - (times[i - 1] ?? 0);
    if (before === null || (after === null && !stepped)) continue;
    area += (stepped || after === null ? before : (before + after) / 2) * took;
    length += took;
  }
  return length > 0 ? area / length : (values.find((value) => value !== null) ?? null);
}

/** One sentence on a series, for who does not see the chart. */
export function sentenceOf(series: Series): string {
  const { min, mean, max, last } = summaryOf(series);
  if (last === null) return `${series.label}: nothing known in this time.`;
  const figure = (value: number | null) => valueWithUnit(series, value);
  if (series.states) return `${series.label}: last ${figure(last)}.`;
  return `${series.label}: last ${figure(last)}, mean ${meanText(series, mean)} ${series.unit}, from ${figure(min)} to ${figure(max)}.`;
}

/** A mean has figures that its values have not: that of 0 and 1 is 0.5. */
export function meanText(series: Series, mean: number | null): string {
  const coarse = !series.step || series.step >= 1;
  return mean !== null && coarse
    ? String(Number(mean.toPrecision(mean >= 1e4 ? 6 : 4)))
    : valueText(series, mean);
}

export const GAP_REASON: Record<HistoryGap['reason'], string> = {
  offline: 'SmartServer offline',
  stopped: 'gateway stopped',
  database: 'database away',
  asked: 'asked to be filled',
};

export const GAP_STATE: Record<HistoryGap['state'], string> = {
  open: 'not filled yet',
  filling: 'being filled from the data loggers',
  filled: 'filled from the data loggers',
  unfillable: 'cannot be filled',
};

/** A gap on the chart, inside the time shown. */
export interface ShownGap extends Span {
  /** Whose readings are missing. */
  whose: string[];
  filled: boolean;
  reason: string;
  state: string;
  detail: string;
  /** It goes on. */
  open: boolean;
}

interface Owner {
  smartserver: string;
  gaps: HistoryGap[];
}

/** The gaps of several data points, each once, in the order of their times. */
export function shownGaps(owners: Owner[], time: Span): ShownGap[] {
  const gaps = new Map<string, ShownGap>();
  for (const { smartserver, gaps: own } of owners) {
    for (const { from, to, reason, state, detail } of own) {
      const span = {
        from: Math.max(time.from, Date.parse(from)),
        to: Math.min(time.to, to ? Date.parse(to) : time.to),
      };
      if (span.from >= span.to) continue;
      const key = [from, to, reason, state].join();
      const same = gaps.get(key);
      if (same) same.whose = [...new Set([...same.whose, smartserver])];
      else
        gaps.set(key, {
          ...span,
          whose: [smartserver],
          filled: state === 'filled',
          reason: GAP_REASON[reason],
          state: GAP_STATE[state],
          detail: detail ?? '',
          open: !to,
        });
    }
  }
  return [...gaps.values()].sort((a, b) => a.from - b.from);
}

export function gapsSentence(gaps: ShownGap[]): string {
  const missing = gaps.filter(({ filled }) => !filled);
  if (missing.length === 0) return gaps.length ? 'Nothing is missing.' : 'No gaps.';
  const total = missing.reduce((sum, { from, to }) => sum + to - from, 0);
  return `${missing.length} ${missing.length === 1 ? 'gap' : 'gaps'}, ${lengthWords(total)} in all.`;
}
