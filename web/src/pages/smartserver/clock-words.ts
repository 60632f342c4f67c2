import { took } from '../../lib/age';

/** How far a SmartServer's clock is from ours, in words: as "1.2 s behind". */
export function offsetWords(ms: number): string {
  if (Math.abs(ms) < 1000) return 'right to the second';
  return `${took(Math.abs(ms))} ${ms > 0 ? 'ahead' : 'behind'}`;
}
