import { SvelteMap } from 'svelte/reactivity';
import type { SmartServer } from '../../lib/api/types';
import { withHealth, type HealthChange } from './rows';

/** The SmartServers that somebody chose, with what is known of them; they need not be on show. */
export class Selection {
  #chosen = new SvelteMap<string, SmartServer>();
  /** Where a range begins. */
  #anchor: string | undefined;

  get size(): number {
    return this.#chosen.size;
  }

  get all(): SmartServer[] {
    return [...this.#chosen.values()];
  }

  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  /** Chooses it, or no longer; with `range`, all from the one before to it alike. */
  toggle(item: SmartServer, rows: SmartServer[], range = false): void {
    const chosen = !this.has(item.id);
    const from = range ? rows.findIndex(({ id }) => id === this.#anchor) : -1;
    const to = rows.findIndex(({ id }) => id === item.id);
    const meant = from < 0 ? [item] : rows.slice(Math.min(from, to), Math.max(from, to) + 1);
    if (chosen) this.choose(meant);
    else this.drop(meant);
    this.#anchor = item.id;
  }

  choose(items: SmartServer[]): void {
    for (const item of items) this.#chosen.set(item.id, item);
  }

  drop(items: SmartServer[]): void {
    for (const { id } of items) this.#chosen.delete(id);
  }

  clear(): void {
    this.#chosen.clear();
    this.#anchor = undefined;
  }

  /** Takes what is known by now of those that are chosen. */
  refresh(items: SmartServer[]): void {
    for (const item of items) if (this.has(item.id)) this.#chosen.set(item.id, item);
  }

  takeHealth(changes: ReadonlyMap<string, HealthChange>): void {
    const touched = [...changes.keys()].flatMap((id) => this.#chosen.get(id) ?? []);
    this.choose(withHealth(touched, changes));
  }
}
