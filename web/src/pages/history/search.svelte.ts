import { answer, api } from '../../lib/api/client';
import { asProblem, type Problem } from '../../lib/api/problem';
import type { DataPoint } from '../../lib/api/types';

const MOST = 20;
const PAUSE_MS = 200;

/** Data points that fit what is typed; the latest question wins. */
export class PointSearch {
  found = $state.raw<DataPoint[]>([]);
  /** There are more than are shown. */
  more = $state(false);
  searching = $state(false);
  problem = $state.raw<Problem>();
  #pause: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | undefined;

  search(q: string) {
    this.stop();
    this.searching = true;
    this.#pause = setTimeout(() => void this.#ask(q.trim()), PAUSE_MS);
  }

  stop = () => {
    clearTimeout(this.#pause);
    this.#request?.abort();
    this.searching = false;
  };

  async #ask(q: string) {
    const request = (this.#request = new AbortController());
    try {
      const query = { q: q || undefined, limit: MOST };
      const { signal } = request;
      const { items, next_cursor } = await answer(
        api.GET('/api/v1/data-points', { params: { query }, signal }),
      );
      if (signal.aborted) return;
      this.found = items;
      this.more = next_cursor != null;
      this.problem = undefined;
    } catch (cause) {
      if (!request.signal.aborted) this.problem = asProblem(cause);
    } finally {
      if (this.#request === request) this.searching = false;
    }
  }
}
