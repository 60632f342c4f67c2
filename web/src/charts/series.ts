import type {
  DataPoint,
  FieldInfo,
  HistoryBucket,
  HistoryReading,
  PointHistory,
  Value,
} from '../lib/api/types';
import { formatNumber, splitName, unitSymbol } from '../lib/format';
import { leavesOf, partAt } from '../lib/leaves';
import type { Span } from './span';
import { traceOf, unknownSpans, type Recorded, type Trace } from './trace';

/** A line with what it is of. */
export interface Series extends Trace {
  /** The data point's id, with the path of a part of a structure. */
  key: string;
  dataPointId: string;
  label: string;
  /** Path of the part of a structure; empty for the whole value. */
  part: string;
  /** Where the data point is: its SmartServer and the path of its name. */
  place: string;
  /** Symbol of the unit; empty for none. */
  unit: string;
  step: number | null;
  /** Names that the values are numbers of, for enumerations and texts. */
  states?: string[];
  /** Drawn in steps: single readings, and what has no mean. */
  stepped: boolean;
  /** Whether `low` and `high` say more than the line. */
  banded: boolean;
  /** Readings that it is made from. */
  count: number;
  /** What was recorded, as tables show it. */
  recorded: Recorded[];
}

/** What is known of a data point beside its history; nothing of one that is gone. */
export type Known = Pick<DataPoint, 'type_info'> | undefined;

/** Qualities whose value counts, as in the gateway's buckets. */
const COUNTS = new Set(['good', 'alarm', 'stale']);

/** The lines of a data point: one for a scalar, one for each part of a structure. */
export function seriesOf(
  history: PointHistory,
  known: Known,
  time: Span,
  resolutionMs: number | null | undefined,
): Series[] {
  return partsOf(history, known).map((part) => oneSeries(history, part, time, resolutionMs));
}

function oneSeries(
  history: PointHistory,
  part: FieldInfo,
  time: Span,
  resolutionMs: number | null | undefined,
): Series {
  const name = splitName(history.name);
  const isNumber = part.kind === 'number';
  const states = isNumber ? undefined : statesOf(history, part);
  const read = (value: unknown) => numberOf(partAt(value, part.name), states);
  const { buckets, readings, before } = history;
  const banded = isNumber && part.name === '' && !!buckets;
  const recorded = buckets
    ? buckets.map((bucket) => ofBucket(bucket, banded, read, time, resolutionMs ?? 0))
    : (readings ?? []).map((reading) => ofReading(reading, read));
  const held = before && COUNTS.has(before.quality) ? read(before.value) : null;
  return {
    ...traceOf(recorded, held, unknownSpans(history.gaps), time),
    key: part.name ? `${history.data_point_id}~${part.name}` : history.data_point_id,
    dataPointId: history.data_point_id,
    label: part.name ? `${name.last} ${part.name}` : name.last,
    part: part.name,
    place: [history.smartserver, name.path].filter(Boolean).join(' · '),
    unit: isNumber ? unitSymbol(part.name ? part.unit : (history.unit ?? part.unit)) : '',
    step: part.step ?? null,
    states,
    stepped: !banded,
    banded,
    count: buckets ? buckets.reduce((sum, { count }) => sum + count, 0) : recorded.length,
    recorded,
  };
}

function partsOf(history: PointHistory, known: Known): FieldInfo[] {
  if (known?.type_info) {
    const parts = leavesOf(known.type_info);
    if (parts.length > 0) return parts;
  }
  return guessedParts(anyValue(history));
}

/** Of a type that is not known the values themselves tell. */
function guessedParts(value: unknown, path = ''): FieldInfo[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, part]) =>
      guessedParts(part, path ? `${path}.${name}` : name),
    );
  }
  const kind = value === undefined || typeof value === 'number' ? 'number' : 'text';
  return [{ name: path, kind, values: [], fields: [] }];
}

function anyValue({ readings, buckets, before }: PointHistory): Value | undefined {
  const values = [
    before?.value,
    ...(readings ?? []).map(({ value }) => value),
    ...(buckets ?? []).map(({ last }) => last),
  ];
  return values.find((value) => value != null) ?? undefined;
}

/** The states that occur, in the order of their type. */
function statesOf({ readings, buckets, before }: PointHistory, part: FieldInfo): string[] {
  const values = [
    before?.value,
    ...(readings ?? []).map(({ value }) => value),
    ...(buckets ?? []).map(({ last }) => last),
  ];
  const seen = new Set(
    values.map((value) => wordOf(partAt(value, part.name))).filter((word) => word !== null),
  );
  const known = part.values.filter((word) => seen.delete(word));
  return [...known, ...seen];
}

function wordOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function numberOf(value: unknown, states: string[] | undefined): number | null {
  if (!states) return typeof value === 'number' ? value : null;
  const index = states.indexOf(wordOf(value) ?? '');
  return index < 0 ? null : index;
}

function ofReading(
  { at, value, quality }: HistoryReading,
  read: (value: unknown) => number | null,
): Recorded {
  const time = Date.parse(at);
  const number = COUNTS.has(quality) ? read(value) : null;
  return { from: time, to: time, value: number, low: number, high: number, last: number };
}

function ofBucket(
  bucket: HistoryBucket,
  banded: boolean,
  read: (value: unknown) => number | null,
  time: Span,
  resolutionMs: number,
): Recorded {
  const begin = Date.parse(bucket.from);
  const from = Math.max(time.from, begin);
  const to = Math.min(time.to, begin + resolutionMs);
  const last = read(bucket.last);
  if (!banded) return { from, to, value: last, low: last, high: last, last };
  const { min = null, max = null, mean = null } = bucket;
  return { from, to, value: mean, low: min, high: max, last: mean === null ? null : last };
}

/** A value of a series as people read it, without its unit. */
export function valueText({ states, step }: Pick<Series, 'states' | 'step'>, value: number | null): string {
  if (value === null) return '–';
  return states ? (states[value] ?? '–') : formatNumber(value, step);
}

/** The same with its unit. */
export function valueWithUnit(
  series: Pick<Series, 'states' | 'step' | 'unit'>,
  value: number | null,
): string {
  const text = valueText(series, value);
  return value !== null && series.unit ? `${text} ${series.unit}` : text;
}
