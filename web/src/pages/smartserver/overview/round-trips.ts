import { took } from '../../../lib/age';
import type { Check } from '../../../lib/api/types';

/** A power of ten of milliseconds to which the scale reaches. */
export interface Scale {
  /** Powers of ten, as 0 for 1 ms and 3 for 1 s. */
  low: number;
  high: number;
}

const LEAST_MS = 0.1;

/** Round trips go from a millisecond to half a minute: only powers of ten show both. */
export function scaleOf(checks: readonly Check[]): Scale {
  const powers = checks.map(({ round_trip_ms }) => Math.log10(Math.max(LEAST_MS, round_trip_ms)));
  if (powers.length === 0) return { low: 0, high: 3 };
  const low = Math.floor(Math.min(...powers));
  return { low, high: Math.max(low + 2, Math.ceil(Math.max(...powers))) };
}

/** Where a round trip stands on the scale: 0 at its low end, 1 at its high end. */
export function heightOf(ms: number, { low, high }: Scale): number {
  return Math.min(1, Math.max(0, (Math.log10(Math.max(LEAST_MS, ms)) - low) / (high - low)));
}

/** The round trips at which the scale has a line, with their words. */
export function linesOf({ low, high }: Scale): { ms: number; word: string }[] {
  return Array.from({ length: high - low + 1 }, (_, i) => {
    const ms = 10 ** (low + i);
    return { ms, word: ms >= 1000 ? `${ms / 1000} s` : `${ms} ms` };
  });
}

/** What a reader sees in the chart, in a sentence. */
export function summaryOf(checks: readonly Check[]): string {
  if (checks.length === 0) return 'No call yet since the gateway started.';
  const answered = checks.filter(({ result }) => result !== 'failed');
  const slow = answered.filter(({ result }) => result === 'slow').length;
  const slowest = took(Math.max(0, ...answered.map(({ round_trip_ms }) => round_trip_ms)));
  if (checks.length === 1)
    return `The last call was ${answered.length === 0 ? 'not answered' : `answered after ${slowest}`}.`;
  if (answered.length === 0) return `None of the last ${checks.length} calls was answered.`;
  const howMany = answered.length === checks.length ? 'All' : answered.length;
  const slowly = slow === 0 ? '' : slow === answered.length ? ', all slowly' : `, ${slow} of them slowly`;
  return `${howMany} of the last ${checks.length} calls answered${slowly}, the slowest after ${slowest}.`;
}
