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

/** Makes a group of all their data points; the answer takes it back. */
export async function form(name: string, intervalMs: number, targets: SmartServer[]) {
  const selection = { smartservers: targets.map(({ id }) => id) };
  const body = { name, enabled: true, selection, interval_ms: intervalMs };
  const header = { 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') };
  const { id } = await answer(api.POST('/api/v1/poll-groups', { params: { header }, body }));
  return () => answer(api.DELETE('/api/v1/poll-groups/{id}', { params: { path: { id } } }));
}
