import type { HistoryGap } from '../lib/api/types';
import type { Span } from './span';

/** What was recorded at a time, or in a part of the time. */
export interface Recorded {
  from: number;
  /** The same as `from` for a single reading. */
  to: number;
  value: number | null;
  low: number | null;
  high: number | null;
  /** What held afterwards. */
  last: number | null;
}

/** A line to draw: values at times in ascending order, null where nobody knows. */
export interface Trace {
  times: number[];
  values: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** Gaps in which the value is not known; those that were filled have none missing. */
export function unknownSpans(gaps: HistoryGap[]): Span[] {
  return gaps
    .filter(({ state }) => state !== 'filled')
    .map(({ from, to }) => ({ from: Date.parse(from), to: to ? Date.parse(to) : Infinity }));
}

/**
 * The line through what was recorded. A value holds until the next one, since a change is what is
 * recorded, or until a gap: what happened in it, and until the first reading after it, nobody knows.
 */
export function traceOf(recorded: Recorded[], before: number | null, unknown: Span[], time: Span): Trace {
  const line = new Line(unknown);
  let held = before;
  let since = time.from;
  for (const each of recorded) {
    line.hold(held, since, Math.max(since, each.from));
    line.put((each.from + each.to) / 2, each.value, each.low, each.high);
    held = each.last;
    since = each.to;
  }
  line.hold(held, since, Math.max(since, time.to));
  return line.trace;
}

class Line {
  trace: Trace = { times: [], values: [], low: [], high: [] };

  constructor(private readonly unknown: Span[]) {}

  /** Times that are not later than the one before are left out. */
  put(at: number, value: number | null, low = value, high = value) {
    const { times, values, low: lows, high: highs } = this.trace;
    if (at <= (times.at(-1) ?? -Infinity)) return;
    times.push(at);
    values.push(value);
    lows.push(low);
    highs.push(high);
  }

  hold(value: number | null, from: number, to: number) {
    if (from === to) return;
    const gap = value === null ? undefined : this.unknown.find((span) => span.to > from && span.from < to);
    if (!gap) {
      this.put(from, value);
      this.put(to - 1, value);
      return;
    }
    const end = Math.max(from, gap.from);
    if (end > from) {
      this.put(from, value);
      this.put(end, value);
    }
    this.put(end + 1, null);
  }
}

/** What held at a time: the latest value not after it. */
export function indexAt(times: number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
