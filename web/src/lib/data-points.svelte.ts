import { SvelteMap } from 'svelte/reactivity';
import { answer, api } from './api/client';
import { asProblem, type Problem } from './api/problem';
import type { DataPoint, Reading } from './api/types';

/** A reading, and when we got it: its age grows from there. */
export interface Seen {
  reading: Reading;
  at: number;
}

export function seenNow(reading: Reading): Seen {
  return { reading, at: Date.now() };
}

/** The reading's age by now; null when nobody knows. */
export function ageOf({ reading, at }: Seen, now: number): number | null {
  return reading.age_ms == null ? null : reading.age_ms + Math.max(0, now - at);
}

const PAGE = 100;
const LARGEST_PAGE = 500;

/** The data points of one SmartServer, a page at a time, with their readings kept current. */
export class DataPointList {
  items = $state.raw<DataPoint[]>();
  problem = $state.raw<Problem>();
  loading = $state(false);
  readings = new SvelteMap<string, Seen>();
  #cursor = $state<string>();
  #run = 0;

  constructor(
    private readonly smartserver: string,
    private readonly q: () => string,
  ) {}

  get hasMore(): boolean {
    return this.#cursor !== undefined;
  }

  /** Loads again as many as are shown. */
  reload = () => this.#load(() => this.#pages(this.items?.length ?? 0));

  /** Begins again with the first page, as after a new search. */
  restart = () => this.#load(() => this.#pages(0));

  more = () =>
    this.#load(async () => {
      const page = await this.#page(PAGE, this.#cursor);
      return { items: [...(this.items ?? []), ...page.items], cursor: page.cursor };
    });

  take(reading: Reading) {
    this.readings.set(reading.data_point_id, seenNow(reading));
  }

  async #load(fetchItems: () => Promise<{ items: DataPoint[]; cursor?: string }>) {
    const run = ++this.#run;
    this.loading = true;
    try {
      const { items, cursor } = await fetchItems();
      if (run !== this.#run) return;
      for (const { reading } of items) if (reading) this.take(reading);
      this.items = items;
      this.#cursor = cursor;
      this.problem = undefined;
    } catch (cause) {
      if (run === this.#run) this.problem = asProblem(cause);
    } finally {
      if (run === this.#run) this.loading = false;
    }
  }

  async #pages(atLeast: number) {
    const items: DataPoint[] = [];
    let cursor: string | undefined;
    do {
      const wanted = Math.max(PAGE, Math.min(LARGEST_PAGE, atLeast - items.length));
      const page = await this.#page(wanted, cursor);
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor && items.length < atLeast);
    return { items, cursor };
  }

  async #page(limit: number, cursor: string | undefined) {
    const query = { smartserver: this.smartserver, q: this.q() || undefined, limit, cursor };
    const page = await answer(api.GET('/api/v1/data-points', { params: { query } }));
    return { items: page.items, cursor: page.next_cursor ?? undefined };
  }
}
