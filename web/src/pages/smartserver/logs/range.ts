/** The end of a range that stands in an address, as the API takes it. */
export function untilOf(until: string): string | undefined {
  const at = Date.parse(until);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
