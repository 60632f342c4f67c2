import type { HistoryAnswer, HistoryQuery } from '../lib/api/types';
import { resolutionFor, type Span } from './span';

/** A reading a pixel can be told apart; more of them are drawn as buckets. */
const FEWEST_PIXELS = 200;
const MOST_READINGS_IN_ALL = 6000;

export type Ask = (query: HistoryQuery, signal: AbortSignal) => Promise<HistoryAnswer>;

/**
 * Histories as fine as is worth drawing on so many pixels: buckets, and where they turn out to hold few
 * readings, these themselves.
 */
export async function loadHistory(
  ask: Ask,
  ids: string[],
  span: Span,
  width: number,
  signal: AbortSignal,
): Promise<HistoryAnswer> {
  const query = queryOf(ids, span);
  const buckets = await ask({ ...query, resolution_ms: resolutionFor(span, width) }, signal);
  return isFew(buckets, Math.max(FEWEST_PIXELS, width)) ? ask({ ...query, raw: true }, signal) : buckets;
}

export function queryOf(ids: string[], { from, to }: Span): HistoryQuery {
  return {
    data_points: ids.map((id) => ({ id })),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  };
}

function isFew({ items }: HistoryAnswer, most: number): boolean {
  const counts = items.map(({ buckets }) => (buckets ?? []).reduce((sum, { count }) => sum + count, 0));
  const all = counts.reduce((sum, count) => sum + count, 0);
  return all <= MOST_READINGS_IN_ALL && counts.every((count) => count <= most);
}
