import { SvelteMap } from 'svelte/reactivity';
import { NO_ANSWER, Problem } from './api/problem';

const AT_ONCE = 4;
const MOST_KEPT = 1000;

/**
 * Things looked up one by one as they are shown, each once; `undefined` until it is there, and for
 * good when the gateway does not give it. The latest 1,000 are kept.
 */
export class Lookup<T> {
  #found = new SvelteMap<string, T>();
  #asked = new Set<string>();
  #waiting: string[] = [];
  #underWay = 0;

  constructor(private readonly load: (name: string) => Promise<T>) {}

  /** May be read while rendering: whoever did is rendered again once it is there. */
  of(name: string): T | undefined {
    const found = this.#found.get(name);
    if (found === undefined && !this.#asked.has(name)) this.refresh(name);
    return found;
  }

  /** Loads it once more; what is known stays until then. */
  refresh(name: string): void {
    this.#asked.add(name);
    if (!this.#waiting.includes(name)) this.#waiting.push(name);
    queueMicrotask(() => this.#next());
  }

  #next() {
    while (this.#underWay < AT_ONCE) {
      const name = this.#waiting.shift();
      if (name === undefined) return;
      this.#underWay += 1;
      this.load(name)
        .then((found) => this.#keep(name, found))
        .catch((cause: unknown) => {
          // Whoever shows it next may ask again: the gateway was away.
          if (cause instanceof Problem && cause.code === NO_ANSWER) this.#asked.delete(name);
        })
        .finally(() => {
          this.#underWay -= 1;
          this.#next();
        });
    }
  }

  #keep(name: string, found: T) {
    this.#found.set(name, found);
    const [oldest] = this.#found.keys();
    if (this.#found.size <= MOST_KEPT || oldest === undefined) return;
    this.#found.delete(oldest);
    this.#asked.delete(oldest);
  }
}
