import type { CommandItem, HealthState, Outcome, Quality, SessionState } from './api/types';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

interface Word {
  word: string;
  tone: Tone;
  meaning: string;
}

export const HEALTH: Record<HealthState, Word> = {
  online: { word: 'online', tone: 'good', meaning: 'It answers.' },
  degraded: {
    word: 'degraded',
    tone: 'warn',
    meaning: 'It answers, but its last call failed or it is slow.',
  },
  offline: { word: 'offline', tone: 'bad', meaning: 'It does not answer, or its identity is not online.' },
  never_seen: { word: 'never seen', tone: 'quiet', meaning: 'Nothing was ever heard of it.' },
};

export const SESSION: Record<SessionState, Word> = {
  online: { word: 'online', tone: 'good', meaning: 'Logged in to the XMPP server.' },
  connecting: { word: 'connecting', tone: 'warn', meaning: 'Logging in to the XMPP server.' },
  offline: { word: 'offline', tone: 'bad', meaning: 'Not logged in; tried again after a pause.' },
  refused: { word: 'refused', tone: 'bad', meaning: 'The XMPP server refused the credentials.' },
};

export const QUALITY: Record<Quality, Word> = {
  good: { word: 'good', tone: 'good', meaning: 'Nothing is wrong.' },
  alarm: { word: 'alarm', tone: 'bad', meaning: 'The data point has an alarm status.' },
  stale: { word: 'stale', tone: 'warn', meaning: 'The reading is older than it should be.' },
  fault: { word: 'fault', tone: 'bad', meaning: 'The SmartServer answered the last read with a fault.' },
  invalid: { word: 'invalid', tone: 'bad', meaning: 'The value is marked as invalid.' },
  never_read: {
    word: 'never read',
    tone: 'quiet',
    meaning: 'The SmartServer has not polled its device yet.',
  },
  offline: { word: 'offline', tone: 'bad', meaning: 'The device or the SmartServer is offline.' },
};

export const OUTCOME: Record<Outcome, Word> = {
  verified: { word: 'verified', tone: 'good', meaning: 'Read back: value and priority are as asked.' },
  acknowledged: {
    word: 'acknowledged',
    tone: 'good',
    meaning: 'The SmartServer accepted it; not read back.',
  },
  refused: { word: 'refused', tone: 'bad', meaning: 'The SmartServer did not carry it out.' },
  not_found: { word: 'not found', tone: 'bad', meaning: 'The SmartServer has no such data point.' },
  not_sent: { word: 'not sent', tone: 'warn', meaning: 'It never left the gateway. It is safe to repeat.' },
  unknown: {
    word: 'unknown',
    tone: 'warn',
    meaning:
      'Sent, but never answered: it may have been carried out. Read the data point before you repeat it.',
  },
  expired: { word: 'expired', tone: 'warn', meaning: 'Its deadline passed before it could be sent.' },
  cancelled: { word: 'cancelled', tone: 'quiet', meaning: 'Cancelled before it was sent.' },
};

export const PHASE: Record<CommandItem['phase'], string> = {
  queued: 'Accepted, waiting for its turn',
  sent: 'Sent, waiting for the SmartServer',
  finished: 'Finished',
};

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
