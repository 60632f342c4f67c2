import { answer, api } from '../lib/api/client';
import { asProblem, type Problem } from '../lib/api/problem';
import type { HistoryAnswer, HistoryReading, Reading } from '../lib/api/types';
import { loadHistory, type Ask } from './load';
import type { Span } from './span';

const ask: Ask = async (body, signal) => {
  const params = { query: { format: 'json' as const } };
  // The answer may be CSV as well, but not to this.
  return (await answer(api.POST('/api/v1/history/query', { params, body, signal }))) as HistoryAnswer;
};

/** Histories on show. The latest load wins; the one before is given up, and what is shown stays meanwhile. */
export class HistoryView {
  data = $state.raw<HistoryAnswer>();
  problem = $state.raw<Problem>();
  loading = $state(false);
  #request: AbortController | undefined;

  constructor(private readonly asking: Ask = ask) {}

  load = async (ids: string[], span: Span, width: number): Promise<void> => {
    this.stop();
    if (ids.length === 0) {
      this.data = undefined;
      this.problem = undefined;
      return;
    }
    const request = (this.#request = new AbortController());
    this.loading = true;
    try {
      const data = await loadHistory(this.asking, ids, span, width, request.signal);
      if (request.signal.aborted) return;
      this.data = data;
      this.problem = undefined;
    } catch (cause) {
      if (!request.signal.aborted) this.problem = asProblem(cause);
    } finally {
      if (this.#request === request) this.loading = false;
    }
  };

  /** Gives up what is being loaded. */
  stop = () => {
    this.#request?.abort();
    this.#request = undefined;
    this.loading = false;
  };

  /** Adds readings that came since, where single readings are shown. */
  take(readings: Reading[]) {
    const { data } = this;
    if (!data || data.resolution_ms != null) return;
    let changed = false;
    const items = data.items.map((item) => {
      const reading = readings.find(({ data_point_id }) => data_point_id === item.data_point_id);
      const added = reading && next(item.readings ?? [], reading);
      if (!added) return item;
      changed = true;
      return { ...item, readings: [...(item.readings ?? []), added] };
    });
    if (changed) this.data = { ...data, items };
  }
}

/** The reading as the history would have it; nothing when it is old or says nothing else. */
function next(before: HistoryReading[], reading: Reading): HistoryReading | undefined {
  const last = before.at(-1);
  const at = reading.observed_at ?? reading.received_at;
  if (last && Date.parse(at) <= Date.parse(last.at)) return undefined;
  const same =
    JSON.stringify([last?.value, last?.quality]) === JSON.stringify([reading.value, reading.quality]);
  if (last && same) return undefined;
  return { at, value: reading.value, quality: reading.quality, source: reading.source };
}
