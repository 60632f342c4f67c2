import { timestampIn } from './time';

const HOUR_MS = 3_600_000;
const UNITS: Record<string, number> = { h: HOUR_MS, d: 24 * HOUR_MS };

/**
 * Where a period begins that stands in an address: "24h" and "7d" count back from now, anything else is a
 * point in time itself. As the API takes it; undefined when it is neither.
 */
export function sinceOf(period: string | null, now: number): string | undefined {
  if (!period) return undefined;
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(period) ?? [];
  const at = count && unit ? now - Number(count) * (UNITS[unit] ?? 0) : Date.parse(period);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** A point in time as `<input type="datetime-local">` takes it, in a time zone (of this computer if absent). */
export function localInput(at: string | undefined, timeZone?: string): string {
  return at ? timestampIn(timeZone, at).slice(0, 16).replace(' ', 'T') : '';
}

/** The point in time that such an input names, as the API takes it; empty when it names none. */
export function timeOfInput(text: string, timeZone?: string): string {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return '';
  let at = wanted;
  // The second turn is for times near a change of the clocks.
  for (let turn = 0; turn < 2; turn++) {
    const shown = Date.parse(`${timestampIn(timeZone, at).replace(' ', 'T')}Z`);
    at += wanted - shown;
  }
  return new Date(at).toISOString();
}
