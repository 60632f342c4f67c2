import { answer, api } from '../../lib/api/client';
import type { SmartServer } from '../../lib/api/types';
import { Pages } from '../../lib/pages.svelte';
import { listFilter, type FleetQuery } from './query';
import { extended, isInOrder, refreshed, withHealth, type HealthChange } from './rows';

/** More rows than that nobody reads, and each costs the browser. */
export const MOST_ROWS = 500;

/** The rows of the table: kept current, and moved only when nobody is at work in them. */
export class FleetList {
  pages: Pages<SmartServer>;
  rows = $state.raw<SmartServer[]>();
  /** The gateway has them in another order, or others. */
  outOfOrder = $state(false);
  /** The rows are those of the search before. */
  outdated = $state(false);
  /** There are more, and room for them. */
  hasMore = $derived.by(() => this.pages.hasMore && (this.rows?.length ?? 0) < MOST_ROWS);

  #run = 0;

  constructor(private readonly query: () => FleetQuery) {
    this.pages = new Pages(async (limit, cursor) => {
      const wanted = { ...listFilter(query()), include: 'checks' as const, limit, cursor };
      return answer(api.GET('/api/v1/smartservers', { params: { query: wanted } }));
    });
  }

  /** Shows another list from its beginning. */
  restart = async (): Promise<void> => {
    const run = ++this.#run;
    this.outdated = true;
    await this.pages.restart();
    if (run !== this.#run) return;
    this.outdated = false;
    this.#show(this.pages.items);
  };

  more = async (): Promise<void> => {
    await this.pages.more();
    if (this.pages.items) this.rows = extended(this.rows ?? [], this.pages.items);
  };

  /** Brings fresh values into the rows, and the rows into order if they may move. */
  reload = async (mayMove: boolean): Promise<void> => {
    await this.pages.reload();
    const fresh = this.pages.items;
    if (!this.rows || !fresh) return this.#show(fresh);
    const rows = refreshed(this.rows, fresh);
    const inOrder = isInOrder(rows, fresh, this.query().sort);
    if (mayMove && !inOrder) return this.#show(fresh);
    this.rows = rows;
    this.outOfOrder = !inOrder;
  };

  takeHealth(changes: ReadonlyMap<string, HealthChange>): void {
    if (this.rows) this.rows = withHealth(this.rows, changes);
  }

  #show(rows: SmartServer[] | undefined): void {
    this.rows = rows;
    this.outOfOrder = false;
  }
}

const PAGE = 1000;
/** As many as anyone may choose at once. */
export const MOST_CHOSEN = 10_000;

/** All that fit, page after page, without their checks; `stopped` ends it early. */
export async function allThatFit(query: FleetQuery, stopped: () => boolean): Promise<SmartServer[]> {
  const items: SmartServer[] = [];
  let cursor: string | undefined;
  do {
    // By key, so that none moves between two pages.
    const wanted = { ...listFilter({ ...query, sort: 'key', order: 'asc' }), limit: PAGE, cursor };
    const page = await answer(api.GET('/api/v1/smartservers', { params: { query: wanted } }));
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && items.length < MOST_CHOSEN && !stopped());
  return items;
}
