import { took } from '../../../lib/age';
import type { SyncReport } from '../../../lib/api/types';
import { plural } from '../../../lib/words';
import type { ReadReport } from './actions.svelte';

/** What reading an inventory brought, in a sentence. */
export function syncWords({ total, added, removed, changed, duration_ms }: SyncReport): string {
  const now = `${plural(total, 'data point')} in the inventory, read in ${took(duration_ms)}`;
  if (added + removed + changed === 0) return `${now}. Nothing has changed since the last time.`;
  const changes = [
    [added, 'added'],
    [removed, 'removed'],
    [changed, 'changed'],
  ] as const;
  const told = changes.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${now}: ${told.join(', ')}.`;
}

/** What came of reading all data points, in a sentence. */
export function readWords({ total, failed, reason }: ReadReport): string {
  if (total === 0) return 'There is nothing to read: the inventory is empty.';
  if (failed === 0) return `${plural(total, 'value')} read.`;
  const read = `${total - failed} of ${plural(total, 'value')} read`;
  return reason ? `${read}. The first that failed: ${reason}.` : `${read}.`;
}
