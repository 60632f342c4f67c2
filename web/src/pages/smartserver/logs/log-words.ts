import type { LogState } from '../../../lib/api/types';
import { plural, type Tone } from '../../../lib/words';

/** From here on a log that stops when it is full is soon full. */
const NEARLY = 80;

export const LOG_TYPE: Record<string, { word: string; meaning: string }> = {
  LT_CIRCULAR: { word: 'circular', meaning: 'It drops its oldest entries when it is full.' },
  LT_HISTORICAL: { word: 'historical', meaning: 'It stops when it is full.' },
};

/** How full a log is, in words. */
export function levelWords(log: LogState | null | undefined): string {
  if (log?.level_percent == null) return 'How full it is was not told';
  const level = log.level_percent;
  const full = level > 0 && level < 1 ? 'Less than 1 % full' : `${Math.round(level)} % full`;
  return log.total == null ? full : `${full}, ${plural(log.total, 'entry', 'entries')}`;
}

/** A circular log may be full; one that stops then needs somebody. */
export function levelTone(log: LogState | null | undefined, type: string | null | undefined): Tone {
  const level = log?.level_percent;
  if (level == null) return 'quiet';
  if (type === 'LT_CIRCULAR' || level < NEARLY) return 'good';
  return level >= 99.5 ? 'bad' : 'warn';
}

/** What a full log means, once that matters. */
export function levelWarning(log: LogState | null | undefined, type: string | null | undefined): string {
  const tone = levelTone(log, type);
  if (tone === 'bad') return 'It is full and logs nothing more: clear it.';
  return tone === 'warn' ? 'It stops when it is full: clear it before.' : '';
}
