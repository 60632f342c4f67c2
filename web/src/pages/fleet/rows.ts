import type { HealthState, SmartServer } from '../../lib/api/types';
import type { Sort } from './query';

export interface HealthChange {
  state: HealthState;
  reason: string;
}

/** The rows as they stand, with what is known of them by now; one that has left the list stays until it is shown anew. */
export function refreshed(shown: SmartServer[], fresh: SmartServer[]): SmartServer[] {
  const byId = new Map(fresh.map((item) => [item.id, item]));
  return shown.map((item) => byId.get(item.id) ?? item);
}

/** Whether the rows, with fresh values, stand as the gateway has them. */
export function isInOrder(shown: SmartServer[], fresh: SmartServer[], sort: Sort): boolean {
  if (shown.length !== fresh.length) return false;
  // Those of a state change places with each answer: that is not worth a word.
  const place = ({ id, health }: SmartServer) => (sort === 'health' ? health.state : id);
  const ids = new Set(fresh.map(({ id }) => id));
  return shown.every((item, i) => ids.has(item.id) && place(item) === place(fresh[i] ?? item));
}

/** The list with those appended that it lacks. */
export function extended(shown: SmartServer[], fresh: SmartServer[]): SmartServer[] {
  const ids = new Set(shown.map(({ id }) => id));
  return [...refreshed(shown, fresh), ...fresh.filter(({ id }) => !ids.has(id))];
}

/** The list with the health of some replaced; the others are the same objects. */
export function withHealth(items: SmartServer[], changes: ReadonlyMap<string, HealthChange>): SmartServer[] {
  if (!items.some(({ id }) => changes.has(id))) return items;
  return items.map((item) => {
    const change = changes.get(item.id);
    return change ? { ...item, health: { ...item.health, ...change } } : item;
  });
}
