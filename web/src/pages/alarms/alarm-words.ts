import type { Alarm, JudgedAlarmOutcome } from '../../lib/api/types';
import type { Tone } from '../../lib/words';

interface Word {
  word: string;
  tone: Tone;
  meaning: string;
}

/** What an alarm is called: its text, else the name of its data point. */
export function titleOf({ text, name }: Pick<Alarm, 'text' | 'name'>): string {
  return text?.trim() ? text : name;
}

export function valueOf({ value, unit }: Pick<Alarm, 'value' | 'unit'>): string {
  return [value, unit].filter(Boolean).join(' ');
}

/** Its condition in a word: whether it is there still, and whether somebody has to look after it. */
export function conditionOf({ state, acknowledged, over }: Alarm): Word {
  if (state === 'cleared') {
    return { word: 'cleared', tone: 'good', meaning: 'It is no longer among the active alarms.' };
  }
  if (acknowledged) {
    return { word: 'acknowledged', tone: 'quiet', meaning: 'Somebody has seen it; its condition lasts.' };
  }
  return over
    ? {
        word: 'over',
        tone: 'warn',
        meaning: 'Its condition is over; it stays active until it is acknowledged.',
      }
    : { word: 'active', tone: 'bad', meaning: 'Its condition lasts, and nobody has acknowledged it.' };
}

export type Deed = 'acknowledge' | 'clear';

/** A deed as it is asked for, as it goes on, and as it was done. */
export const DEED: Record<Deed, { title: string; doing: string; done: string }> = {
  acknowledge: { title: 'Acknowledge', doing: 'Acknowledging', done: 'acknowledged' },
  clear: { title: 'Clear', doing: 'Clearing', done: 'cleared' },
};

export const JUDGED: Record<JudgedAlarmOutcome, Word> = {
  done: { word: 'done', tone: 'good', meaning: 'The SmartServer has it so.' },
  not_found: {
    word: 'not found',
    tone: 'warn',
    meaning: 'The SmartServer does not have this alarm any more.',
  },
  refused: { word: 'refused', tone: 'bad', meaning: 'The SmartServer did not do it.' },
  unknown: {
    word: 'unknown',
    tone: 'warn',
    meaning: 'Sent, but never answered: it may have been done. The alarm is read again in a while.',
  },
  not_sent: { word: 'not sent', tone: 'warn', meaning: 'It never left the gateway. It is safe to repeat.' },
};
