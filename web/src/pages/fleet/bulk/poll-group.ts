import { answer, api } from '../../../lib/api/client';
import type { NewPollGroup, PollGroup, SmartServer } from '../../../lib/api/types';

/** As many SmartServers as a poll group names. */
export const MOST_NAMED = 1000;

/** Whether SmartServers can be added: it names them one by one. */
export function namesSmartServers({ selection }: PollGroup): boolean {
  return !!selection?.smartservers;
}

/** The SmartServers that the group does not name yet; it names them by key. */
export function missingIn(group: PollGroup, targets: SmartServer[]): SmartServer[] {
  const named = new Set(group.selection?.smartservers ?? []);
  return targets.filter(({ id, key }) => !named.has(key) && !named.has(id));
}

/** The group as one sends it to have it replaced. */
function sent({
  name,
  enabled,
  selection,
  items,
  interval_ms,
  max_age_ms,
  history,
}: PollGroup): NewPollGroup {
  return { name, enabled, selection, items, interval_ms, max_age_ms, history };
}

/** Adds them to a group as it is by now; the answer takes it back. */
export async function join(id: string, targets: SmartServer[]): Promise<() => Promise<unknown>> {
  const params = { path: { id } };
  const now = await answer(api.GET('/api/v1/poll-groups/{id}', { params }));
  const added = missingIn(now, targets).map(({ id }) => id);
  const smartservers = [...(now.selection?.smartservers ?? []), ...added];
  const put = (body: NewPollGroup) => answer(api.PUT('/api/v1/poll-groups/{id}', { params, body }));
  await put({ ...sent(now), selection: { ...now.selection, smartservers } });
  return () => put(sent(now));
}

/** A group of all their data points. */
export function groupOf(name: string, intervalMs: number, targets: SmartServer[]): NewPollGroup {
  const selection = { smartservers: targets.map(({ id }) => id) };
  return { name, enabled: true, selection, interval_ms: intervalMs };
}

/** Makes a group; the answer takes it back. */
export async function form(body: NewPollGroup, idempotencyKey: string) {
  const header = { 'Idempotency-Key': idempotencyKey };
  const { id } = await answer(api.POST('/api/v1/poll-groups', { params: { header }, body }));
  return () => answer(api.DELETE('/api/v1/poll-groups/{id}', { params: { path: { id } } }));
}
