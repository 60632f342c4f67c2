import type { Reading } from './api/types';

/** A value older than that is worth reading again. */
export const OLD_MS = 120_000;

/** A reading, and when we got it: its age grows from there. */
export interface Seen {
  reading: Reading;
  at: number;
}

export function seenNow(reading: Reading): Seen {
  return { reading, at: Date.now() };
}

/** The reading's age by now; null when nobody knows. */
export function ageOf({ reading, at }: Seen, now: number): number | null {
  return reading.age_ms == null ? null : reading.age_ms + Math.max(0, now - at);
}
