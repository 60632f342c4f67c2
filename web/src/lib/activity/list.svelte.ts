import { answer, api } from '../api/client';
import type { ActivityItem } from '../api/types';
import { watch } from '../events.svelte';
import { Pages, type CursorPage } from '../pages.svelte';
import { atMostEvery } from '../throttle';
import { details } from './details.svelte';

export interface ActivityFilter {
  kinds?: string;
  smartserver?: string;
  tag?: string;
  site?: string;
  since?: string;
  until?: string;
}

type Page = CursorPage<ActivityItem>;
type LoadPage = (limit: number, cursor: string | undefined) => Promise<Page>;

const PAUSE_MS = 1000;
/** More than that at the top, and the list begins again: a page may stay open for weeks. */
const MOST_ADDED = 500;

/** What happened, newest first, a page at a time, with what happens added at the top. */
export class ActivityList extends Pages<ActivityItem> {
  #added = 0;

  constructor(
    private readonly load: LoadPage,
    private readonly newest = 50,
  ) {
    super(load, newest);
  }

  /** Adds what happened since; begins again if that was more than a page. */
  newer = async (): Promise<void> => {
    const before = this.items;
    if (!before) return this.restart();
    const { items, next_cursor } = await this.load(this.newest, undefined).catch((): Page => ({ items: [] }));
    // The list is another by now, and may be of another filter.
    if (this.items !== before) return this.newer();
    const last = before[0]?.id ?? 0;
    const added = items.filter(({ id }) => id > last);
    if (added.length === 0) return;
    added.forEach((item) => details.happened(item));
    this.#added += added.length;
    if ((added.length === items.length && next_cursor) || this.#added > MOST_ADDED) {
      this.#added = 0;
      return this.restart();
    }
    this.items = [...added, ...before];
  };

  /** Keeps it current; the answer ends it. */
  follow(): () => void {
    const changed = atMostEvery(PAUSE_MS, () => void this.newer());
    const on = {
      health: changed,
      restart: changed,
      session: changed,
      command: changed,
      device_command: changed,
      alarm: changed,
    };
    return watch({ on, fresh: changed });
  }
}

export function activityOf(filter: () => ActivityFilter, pageSize?: number): ActivityList {
  return new ActivityList(
    (limit, cursor) =>
      answer(api.GET('/api/v1/activity', { params: { query: { ...filter(), limit, cursor } } })),
    pageSize,
  );
}
