import { SvelteSet } from 'svelte/reactivity';

/** Which rows of a list are chosen, by their ids. */
export class Choice {
  #ids = new SvelteSet<string>();
  /** Where a range begins. */
  #anchor = '';

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Chooses it, or no longer; with `range`, all from the one before to it alike. */
  toggle(id: string, rows: { id: string }[], range: boolean): void {
    const [from, to] = [this.#anchor, id].map((wanted) => rows.findIndex((row) => row.id === wanted)) as [
      number,
      number,
    ];
    const meant = range && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [{ id }];
    this.set(meant, !this.has(id));
    this.#anchor = id;
  }

  set(rows: { id: string }[], chosen: boolean): void {
    for (const { id } of rows) {
      if (chosen) this.#ids.add(id);
      else this.#ids.delete(id);
    }
  }

  clear(): void {
    this.#ids.clear();
  }
}
