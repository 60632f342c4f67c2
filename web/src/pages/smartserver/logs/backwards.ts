/** Where an earlier page ends, and what is on this one. */
export interface EarlierPage<T> {
  /** The newest first. */
  items: T[];
  next_cursor: string | undefined;
}

/**
 * A page of a log that is gone through from its newest entry back. The gateway gives the last `asked`
 * entries up to a time, oldest first; entries of the oldest time may have been cut off, so that they
 * are left to the next page, unless all are of that time.
 */
export function earlierPage<T>(
  oldestFirst: T[],
  asked: number,
  timeOf: (entry: T) => string | null | undefined,
): EarlierPage<T> {
  const newestFirst = oldestFirst.toReversed();
  const oldest = oldestFirst[0] && timeOf(oldestFirst[0]);
  if (oldestFirst.length < asked || !oldest) return { items: newestFirst, next_cursor: undefined };
  const later = newestFirst.filter((entry) => timeOf(entry) !== oldest);
  if (later.length > 0) return { items: later, next_cursor: oldest };
  return { items: newestFirst, next_cursor: new Date(Date.parse(oldest) - 1).toISOString() };
}
