import { asProblem, type Problem } from './api/problem';

export interface CursorPage<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number;
}

const PAGE = 100;
const LARGEST_PAGE = 500;

/** A list of the gateway's, a page at a time; the latest load wins, and a failed one keeps what was shown. */
export class Pages<T> {
  items = $state.raw<T[]>();
  /** How many there are in all, where the list says so. */
  total = $state<number>();
  problem = $state.raw<Problem>();
  loading = $state(false);
  #cursor = $state<string>();
  #run = 0;

  constructor(
    private readonly page: (limit: number, cursor: string | undefined) => Promise<CursorPage<T>>,
    private readonly size = PAGE,
  ) {}

  get hasMore(): boolean {
    return this.#cursor !== undefined;
  }

  /** Loads again as many as are shown. */
  reload = () => this.#load(() => this.#atLeast(this.items?.length ?? 0));

  /** Begins again with the first page, as after a new search. */
  restart = () => this.#load(() => this.#atLeast(0));

  more = () =>
    this.#load(async () => {
      const next = await this.page(this.size, this.#cursor);
      return { ...next, items: [...(this.items ?? []), ...next.items] };
    });

  async #load(wanted: () => Promise<CursorPage<T>>): Promise<void> {
    const run = ++this.#run;
    this.loading = true;
    try {
      const { items, next_cursor, total } = await wanted();
      if (run !== this.#run) return;
      this.items = items;
      this.total = total;
      this.#cursor = next_cursor ?? undefined;
      this.problem = undefined;
    } catch (cause) {
      if (run === this.#run) this.problem = asProblem(cause);
    } finally {
      if (run === this.#run) this.loading = false;
    }
  }

  async #atLeast(count: number): Promise<CursorPage<T>> {
    let whole: CursorPage<T> = { items: [] };
    do {
      const limit = Math.max(this.size, Math.min(LARGEST_PAGE, count - whole.items.length));
      const next = await this.page(limit, whole.next_cursor ?? undefined);
      whole = { ...next, items: [...whole.items, ...next.items] };
    } while (whole.next_cursor && whole.items.length < count);
    return whole;
  }
}
