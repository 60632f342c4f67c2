import { answer, api } from './api/client';
import type { HealthState, SmartServer } from './api/types';

const PAGE = 500;
const MOST = 2000;

export interface Fleet {
  items: SmartServer[];
  /** There are more than anyone would scroll through. */
  more: boolean;
}

/** All SmartServers that fit the search; whole, since counting and live health need them all. */
export async function loadFleet(q: string): Promise<Fleet> {
  const items: SmartServer[] = [];
  let cursor: string | undefined;
  do {
    const query = { q: q || undefined, limit: PAGE, cursor };
    const page = await answer(api.GET('/api/v1/smartservers', { params: { query } }));
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && items.length < MOST);
  return { items, more: cursor !== undefined };
}

export function countByHealth(items: SmartServer[]): Record<HealthState, number> {
  const counts = { online: 0, degraded: 0, offline: 0, never_seen: 0 };
  for (const item of items) counts[item.health.state] += 1;
  return counts;
}

/** The SmartServers with one's health replaced. */
export function withHealth(
  items: SmartServer[],
  id: string,
  state: HealthState,
  reason: string,
): SmartServer[] {
  return items.map((item) =>
    item.id === id ? { ...item, health: { ...item.health, state, reason } } : item,
  );
}
