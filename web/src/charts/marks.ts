import type { Tone } from '../lib/words';

export type MarkTone = Tone;

/** Something that was done at a time, as a write. */
export interface Mark {
  at: number;
  tone: MarkTone;
  /** What it was, in words. */
  text: string;
}

export const COLOUR_OF: Record<MarkTone, string> = {
  good: 'var(--good)',
  warn: 'var(--warn)',
  bad: 'var(--bad)',
  quiet: 'var(--muted)',
};

/** The mark that is nearest to a time, within a reach. */
export function markNear(marks: Mark[], at: number, reach: number): Mark | undefined {
  let best: Mark | undefined;
  for (const mark of marks) {
    const away = Math.abs(mark.at - at);
    if (away <= reach && (!best || away < Math.abs(best.at - at))) best = mark;
  }
  return best;
}
