/**
 * How well a text fits what was typed: 0 not at all; all words must be in it, and one that begins a word of the
 * text counts more, most at its very beginning.
 */
export function rank(text: string, typed: string): number {
  const hay = text.toLowerCase();
  let sum = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = hay.indexOf(word);
    if (at < 0) return 0;
    const begins = new RegExp(`(^|[^\\p{L}\\p{N}])${escape(word)}`, 'u').test(hay);
    sum += at === 0 ? 3 : begins ? 2 : 1;
  }
  return sum;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Those that fit, the best first; all in their order while nothing is typed. */
export function best<T>(items: T[], typed: string, textOf: (item: T) => string): T[] {
  if (typed.trim() === '') return items;
  const ranked = items.map((item) => ({ item, fit: rank(textOf(item), typed) }));
  return ranked
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .map(({ item }) => item);
}
