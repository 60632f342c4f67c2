import { csvName, save } from '../../charts/csv';
import { queryOf } from '../../charts/load';
import { answer, api } from '../../lib/api/client';
import { asProblem, Problem } from '../../lib/api/problem';
import type { HistoryAnswer } from '../../lib/api/types';

/** The CSV of histories on show, received as a whole before it is saved. */
export class Export {
  /** Bytes that came so far, while it runs. */
  received = $state<number>();
  problem = $state.raw<Problem>();
  #request: AbortController | undefined;

  run = async (shown: HistoryAnswer, ids: string[]): Promise<void> => {
    this.cancel();
    const request = (this.#request = new AbortController());
    this.received = 0;
    this.problem = undefined;
    try {
      const file = await this.#receive(shown, ids, request.signal);
      save(file, csvName('history', shown.from, shown.to));
    } catch (cause) {
      if (!request.signal.aborted) this.problem = cause instanceof TypeError ? CUT : asProblem(cause);
    } finally {
      if (this.#request === request) this.received = undefined;
    }
  };

  cancel = () => {
    this.#request?.abort();
    this.received = undefined;
  };

  async #receive(
    { from, to, resolution_ms }: HistoryAnswer,
    ids: string[],
    signal: AbortSignal,
  ): Promise<Blob> {
    const fineness = resolution_ms == null ? { raw: true } : { resolution_ms };
    const body = { ...queryOf(ids, { from: Date.parse(from), to: Date.parse(to) }), ...fineness };
    const params = { query: { format: 'csv' as const } };
    const stream = await answer(
      api.POST('/api/v1/history/query', { params, body, signal, parseAs: 'stream' }),
    );
    const parts: BlobPart[] = [];
    const reader = (stream as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      this.received = (this.received ?? 0) + part.value.byteLength;
    }
    return new Blob(parts, { type: 'text/csv' });
  }
}

/** An answer that cannot be completed ends with a broken connection. */
const CUT = new Problem(502, 'export_cut', 'The CSV broke off', 'It was not saved. Try again.');
