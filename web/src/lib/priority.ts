export const WEAKEST = 255;
/** What the schedules of a SmartServer usually write with. */
const SCHEDULES = 250;
/** Stronger than the schedules; what a write takes that shall hold. */
export const HOLDS = 240;

/** Priorities worth a button, with what they are for. */
export const PRIORITIES = [
  { value: WEAKEST, word: 'No hold', meaning: 'The next write of anyone replaces it.' },
  { value: SCHEDULES, word: 'Schedule', meaning: 'As strong as what schedules write with.' },
  { value: HOLDS, word: 'Hold', meaning: 'Stronger than schedules: holds until it is released.' },
];

/** What writing with this priority does, to a data point that is held at another. */
export function priorityWords(priority: number, held: number | null | undefined): string {
  const refused = held != null && priority > held;
  if (refused)
    return `It is held at ${held}, which is stronger: the SmartServer will refuse a write at ${priority}. Release it first, or write at ${held} or below.`;
  if (priority === WEAKEST) return 'Does not hold: the next write of anyone replaces it.';
  const until = `Then only writes at ${priority} or stronger change it, until it is released.`;
  if (priority > SCHEDULES) return `Holds against writes at 255 only, not against schedules (250). ${until}`;
  if (priority === SCHEDULES) return `As strong as schedules: the next one replaces it. ${until}`;
  if (priority >= HOLDS) return `Holds against schedules (250) and whoever does not hold. ${until}`;
  return `Overrides schedules and nearly everyone else. ${until}`;
}

/** What shall be confirmed before a write, in words; nothing if it hurts nobody. */
export function warningOf(priority: number, held: number | null | undefined): string | undefined {
  const takesOver = held != null && held < WEAKEST && priority <= held;
  const from = takesOver ? ` Whoever holds it at ${held} now loses it.` : '';
  if (priority < HOLDS)
    return `At priority ${priority} it overrides schedules (250), what is held at ${HOLDS} and all weaker writes, until it is released.${from} Forgotten, it stays so.`;
  return takesOver && priority < held ? `It is held at ${held} by someone.${from}` : undefined;
}
