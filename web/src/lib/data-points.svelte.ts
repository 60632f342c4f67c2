import type { Reading } from './api/types';

/** A value older than that is worth reading again. */
export const OLD_MS = 120_000;

/** A reading, and when we got it: its age grows from there. */
export interface Seen {
  reading: Reading;
  at: number;
}

function seenNow(reading: Reading): Seen {
  return { reading, at: Date.now() };
}

/** The reading, unless a later one is seen: an event may overtake an answer. */
export function laterOf(seen: Seen | undefined, reading: Reading): Seen {
  return seen && seen.reading.received_at > reading.received_at ? seen : seenNow(reading);
}

/** The reading's age by now; null when nobody knows. */
export function ageOf({ reading, at }: Seen, now: number): number | null {
  return reading.age_ms == null ? null : reading.age_ms + Math.max(0, now - at);
}
