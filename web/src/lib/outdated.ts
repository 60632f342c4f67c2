import { now } from './clock';
import { stream } from './events.svelte';

/** A short break is nobody's business. */
const SHORT_MS = 2500;

/** Whether what is on show may be out of date, since the event stream has been broken for a while. */
export function isOutdated(): boolean {
  return stream.state === 'broken' && now() - stream.brokenSince > SHORT_MS;
}
