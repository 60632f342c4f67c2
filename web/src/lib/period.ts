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

/** A point in time as `<input type="datetime-local">` takes it, in the time zone of this computer. */
export function localInput(at: string | undefined): string {
  if (!at) return '';
  const date = new Date(at);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
