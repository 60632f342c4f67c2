import { answer, api } from '../../lib/api/client';
import type { DataPoint, SmartServer } from '../../lib/api/types';

export interface Found {
  smartservers: SmartServer[];
  dataPoints: DataPoint[];
}

const MOST = 6;
const PAUSE_MS = 150;
/** A single letter is in every name. */
const SHORTEST = 2;
const NOTHING: Found = { smartservers: [], dataPoints: [] };

/** Asks the gateway for what fits what is typed; the latest question wins. */
export class Finding {
  found = $state.raw<Found>(NOTHING);
  busy = $state(false);
  failed = $state(false);
  #pause: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | undefined;

  look(typed: string) {
    this.stop();
    const q = typed.trim();
    this.busy = q.length >= SHORTEST;
    this.failed = false;
    if (this.busy) this.#pause = setTimeout(() => void this.#ask(q), PAUSE_MS);
    else this.found = NOTHING;
  }

  stop() {
    clearTimeout(this.#pause);
    this.#asked?.abort();
  }

  async #ask(q: string) {
    const asked = (this.#asked = new AbortController());
    const options = { params: { query: { q, limit: MOST } }, signal: asked.signal };
    try {
      const [smartservers, dataPoints] = await Promise.all([
        answer(api.GET('/api/v1/smartservers', options)),
        answer(api.GET('/api/v1/data-points', options)),
      ]);
      this.found = { smartservers: smartservers.items, dataPoints: dataPoints.items };
      this.failed = false;
    } catch {
      if (asked.signal.aborted) return;
      this.failed = true;
    }
    this.busy = false;
  }
}
