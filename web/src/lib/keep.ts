/** What this browser remembers under a name; the fallback where it remembers nothing, or may not. */
export function recall<T extends string>(name: string, known: readonly T[], fallback: T): T {
  try {
    const kept = localStorage.getItem(`nocgate.${name}`);
    return known.find((value) => value === kept) ?? fallback;
  } catch {
    return fallback;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`nocgate.${name}`, value);
  } catch {
    // A browser that forgets is no reason to refuse a choice.
  }
}
