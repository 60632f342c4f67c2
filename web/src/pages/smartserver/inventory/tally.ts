import type { Quality } from '../../../lib/api/types';
import { placeOf } from './tree';

/** How many data points of a branch have each quality. */
export type Counts = Partial<Record<Quality, number>>;

/** Counts the qualities below each branch, as they change. */
export class Tally {
  #points = new Map<string, { quality: Quality; branches: string[] }>();
  #counts = new Map<string, Counts>();

  qualityOf(id: string): Quality | undefined {
    return this.#points.get(id)?.quality;
  }

  /** Takes a data point in, or its quality; the branches whose counts changed by it. */
  set(id: string, name: string, quality: Quality): string[] {
    const known = this.#points.get(id);
    if (known?.quality === quality) return [];
    const branches = known?.branches ?? branchesOf(name);
    this.#points.set(id, { quality, branches });
    for (const branch of branches) {
      if (known) this.#add(branch, known.quality, -1);
      this.#add(branch, quality, 1);
    }
    return branches;
  }

  /** As they are at this moment. */
  countsOf(branch: string): Counts {
    return { ...this.#counts.get(branch) };
  }

  #add(branch: string, quality: Quality, change: number) {
    let counts = this.#counts.get(branch);
    if (!counts) this.#counts.set(branch, (counts = {}));
    counts[quality] = (counts[quality] ?? 0) + change;
  }
}

/** Stands for the whole tree; no branch has an empty name on both sides of a slash. */
export const WHOLE = '/';

function branchesOf(name: string): string[] {
  const { device, block } = placeOf(name);
  return [WHOLE, device, block];
}
