/** A time: from the first millisecond that counts to the first that does not. */
export interface Span {
  from: number;
  to: number;
}

/** What the address asks for: the last while, ending now, or a fixed time. */
export type Range = { last: number } | Span;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The ranges that have a button, by their words in the address. */
export const RANGES = { '1h': HOUR, '6h': 6 * HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY } as const;
export type RangeWord = keyof typeof RANGES;

const DEFAULT: RangeWord = '24h';
/** Nobody looks closer, and the gateway takes nothing finer than a millisecond. */
const SHORTEST = 10_000;
const LONGEST = 3660 * DAY;

export const isLive = (range: Range): range is { last: number } => 'last' in range;

export function spanOf(range: Range, now: number): Span {
  return isLive(range) ? { from: now - range.last, to: now } : range;
}

/** The range that an address asks for; the usual one where it asks for none, or for nonsense. */
export function rangeFrom(query: URLSearchParams): Range {
  const from = Date.parse(query.get('from') ?? '');
  const to = Date.parse(query.get('to') ?? '');
  if (from < to) return { from, to };
  const last = /^(\d{1,9})(s|min|h|d)$/.exec(query.get('range') ?? '');
  if (!last) return { last: RANGES[DEFAULT] };
  const unit = { s: 1000, min: MINUTE, h: HOUR, d: DAY }[last[2] as 's'];
  return { last: within(Number(last[1]) * unit) };
}

/** The address of another range; what else it asks for stays. */
export function withRange(query: URLSearchParams, range: Range): URLSearchParams {
  const changed = new URLSearchParams(query);
  for (const name of ['range', 'from', 'to']) changed.delete(name);
  if (!isLive(range)) {
    changed.set('from', new Date(range.from).toISOString());
    changed.set('to', new Date(range.to).toISOString());
  } else if (range.last !== RANGES[DEFAULT]) changed.set('range', wordOf(range.last));
  return changed;
}

function wordOf(ms: number): string {
  if (ms % DAY === 0 && ms > DAY) return `${ms / DAY}d`;
  if (ms % HOUR === 0) return `${ms / HOUR}h`;
  if (ms % MINUTE === 0) return `${ms / MINUTE}min`;
  return `${Math.round(ms / 1000)}s`;
}

const within = (length: number) => Math.round(Math.min(LONGEST, Math.max(SHORTEST, length)));

/** Twice as close (`factor` 0.5) or twice as far (2); what ends now goes on ending now. */
export function zoomed(range: Range, factor: number, now: number): Range {
  if (isLive(range)) return { last: within(Math.round((range.last * factor) / 1000) * 1000) };
  const length = within((range.to - range.from) * factor);
  const to = Math.min(Math.round((range.from + range.to + length) / 2), Math.max(now, range.to));
  return { from: to - length, to };
}

/** Earlier (negative) or later by parts of its length; at the end of time it ends now. */
export function shifted(range: Range, parts: number, now: number): Range {
  const { from, to } = spanOf(range, now);
  const by = Math.round((to - from) * parts);
  return to + by >= now ? { last: within(to - from) } : { from: from + by, to: to + by };
}

/** A stretch that was drawn with the pointer; too short a one is a mere click. */
export function chosen(a: number, b: number): Span {
  const from = Math.round(Math.min(a, b));
  return { from, to: from + within(Math.abs(b - a)) };
}

/** Lengths of buckets that people can think in. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];
const PIXELS_A_BUCKET = 2;
const MOST_BUCKETS = 1500;

/** The length of a bucket that is worth drawing on so many pixels. */
export function resolutionFor({ from, to }: Span, width: number): number {
  const most = Math.min(MOST_BUCKETS, Math.max(100, width / PIXELS_A_BUCKET));
  const last = STEPS.at(-1) ?? DAY;
  return STEPS.find((step) => (to - from) / step <= most) ?? last;
}

/** A length in words, as "15 min" or "7 days". */
export function lengthWords(ms: number): string {
  const units: [number, string][] = [
    [DAY, 'day'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [1000, 's'],
  ];
  const [size, unit] = units.find(([size]) => ms >= size) ?? [1, 'ms'];
  const count = Number((ms / size).toFixed(1));
  return unit === 'day' && count !== 1 ? `${count} days` : `${count} ${unit}`;
}
