import type { SmartServer } from '../../../lib/api/types';

/** Whether it is not worth asking: a call would wait in vain. */
export function isSilent({ health }: SmartServer): boolean {
  return health.state === 'offline' || health.state === 'never_seen';
}
