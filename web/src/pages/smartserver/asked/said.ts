/** A word of the SmartServer's for people: "power up" for `DRC_POWER_UP`. */
export function said(word: string | null | undefined): string {
  if (!word) return '–';
  if (!/^[A-Z][A-Z\d_]*$/.test(word)) return word;
  return word
    .replace(/^(?:[A-Z]{2,4}|STATUS)_(?=.)/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}

/** A name of the API's for people: "Lost messages" for `lost_messages`. */
export function labelled(name: string): string {
  const words = name.replaceAll('_', ' ').replace(/\b(id|ip|ms|cp)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type Fact = [name: string, text: string];

/** What is told, a line for each member; null and empty are left out, inner members carry their path. */
export function factsOf(value: unknown, path = ''): Fact[] {
  if (value === null || value === undefined || value === '') return [];
  if (Array.isArray(value)) {
    return value.flatMap((inner, i) => factsOf(inner, path ? `${path} ${i + 1}` : String(i + 1)));
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, inner]) =>
      factsOf(inner, path ? `${path}, ${labelled(name).toLowerCase()}` : labelled(name)),
    );
  }
  return [[path, typeof value === 'string' ? said(value) : String(value)]];
}
