import { answer, api } from './api/client';
import { watch } from './events.svelte';
import { Resource } from './resource.svelte';
import { atMostEvery } from './throttle';

/** Many changes at once are one change of the figures. */
const PAUSE_MS = 2000;
/** Data points go stale without an event. */
const REFRESH_MS = 30_000;

/** The fleet in figures: one for all who show it. */
export const fleetCounts = new Resource(() => answer(api.GET('/api/v1/fleet')));

let followers = 0;
let leave: (() => void) | undefined;

function follow(): () => void {
  const changed = atMostEvery(PAUSE_MS, () => void fleetCounts.reload());
  const unwatch = watch({ on: { health: changed, alarm: changed }, fresh: changed });
  const timer = setInterval(() => {
    if (!document.hidden) changed();
  }, REFRESH_MS);
  return () => {
    unwatch();
    clearInterval(timer);
  };
}

/** Keeps the figures current; the answer ends it. For an effect of whoever shows them. */
export function followFleetCounts(): () => void {
  followers += 1;
  leave ??= follow();
  return () => {
    followers -= 1;
    if (followers > 0) return;
    leave?.();
    leave = undefined;
  };
}
