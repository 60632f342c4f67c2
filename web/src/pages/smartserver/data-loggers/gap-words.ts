import type { GapReason, GapState, SmartServerHistoryGap } from '../../../lib/api/types';
import { span } from '../../../lib/age';
import type { Tone } from '../../../lib/words';

export const GAP_REASON: Record<GapReason, string> = {
  offline: 'The SmartServer could not be reached',
  stopped: 'The gateway did not run',
  database: 'The database was away',
  asked: 'Somebody asked for it to be filled',
};

export const GAP_STATE: Record<GapState, { word: string; tone: Tone; meaning: string }> = {
  open: { word: 'open', tone: 'warn', meaning: 'Nothing was done about it yet.' },
  filling: { word: 'being filled', tone: 'quiet', meaning: 'The data loggers are being read.' },
  filled: { word: 'filled', tone: 'good', meaning: 'What the data loggers had is in the history.' },
  unfillable: { word: 'stays', tone: 'warn', meaning: 'The SmartServer has nothing to fill it with.' },
};

/** Whether the gateway is at work on it, so that it changes soon. */
export function isMoving({ state, reason }: Pick<SmartServerHistoryGap, 'state' | 'reason'>): boolean {
  return state === 'filling' || (state === 'open' && reason === 'asked');
}

/** How long it is, as "33 s"; one that goes on is so long by now. */
export function lengthOf({ from, to }: Pick<SmartServerHistoryGap, 'from' | 'to'>, now: number): string {
  const length = span((to ? Date.parse(to) : now) - Date.parse(from));
  return to ? length : `${length} so far`;
}

const LONGEST_MS = 366 * 24 * 3_600_000;

/** What is wrong with a range to be filled; empty when nothing is. */
export function rangeMistake(from: string, to: string, now: number): string {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (Number.isNaN(start) || Number.isNaN(end)) return 'Both times are needed.';
  if (end <= start) return 'The end must be after the beginning.';
  if (end > now) return 'The end must not lie in the future.';
  return end - start > LONGEST_MS ? 'At most 366 days are filled at once.' : '';
}
