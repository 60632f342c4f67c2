import { answer, api } from '../lib/api/client';
import { asProblem, inWords } from '../lib/api/problem';
import type { SmartServer } from '../lib/api/types';
import { confirm } from '../lib/confirm.svelte';
import { toast } from '../lib/toasts.svelte';
import { plural } from '../lib/words';

/** What goes with it, and does not come back. */
export function lostWith(dataPoints: number): string {
  return `${plural(dataPoints, 'data point')} with their readings and recorded history, and the alarms`;
}

/** Asks, has its key typed, and removes it; true once it is gone. Tells of a failure itself. */
export async function removeSmartServer({ id, key, name, data_points }: SmartServer): Promise<boolean> {
  const yes = await confirm({
    title: `Remove “${name}”?`,
    text: `${lostWith(data_points)} are gone for good. The SmartServer itself is told nothing and goes on as it is.`,
    action: 'Remove',
    typed: key,
  });
  if (!yes) return false;
  try {
    await answer(api.DELETE('/api/v1/smartservers/{key}', { params: { path: { key: id } } }));
    toast(`“${name}” is removed.`);
    return true;
  } catch (cause) {
    const { what, detail } = inWords(asProblem(cause));
    toast(`“${name}” is not removed. ${detail || what}`, { tone: 'bad' });
    return false;
  }
}
