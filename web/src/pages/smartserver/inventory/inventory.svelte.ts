import { SvelteMap } from 'svelte/reactivity';
import { answer, api } from '../../../lib/api/client';
import { asProblem, type Problem } from '../../../lib/api/problem';
import type { DataPoint, Quality, Reading, TypeInfo } from '../../../lib/api/types';
import { laterOf, type Seen } from '../../../lib/data-points.svelte';
import { atMostEvery } from '../../../lib/throttle';
import { Tally, WHOLE, type Counts } from './tally';

const PAGE = 1000;
/** Lists that are filtered by quality need not follow faster than people read. */
const QUALITY_PAUSE_MS = 1000;

/** All data points of a SmartServer that fit a search, with their readings kept current. */
export class Inventory {
  points = $state.raw<readonly DataPoint[]>();
  problem = $state.raw<Problem>();
  loading = $state(false);
  /** The first load goes on. */
  filling = $state(false);
  /** How many came so far of those being loaded. */
  loaded = $state(0);
  /** What was searched for in what is shown. */
  q = $state('');
  readonly readings = new SvelteMap<string, Seen>();
  /** Qualities below each branch. */
  readonly counts = new SvelteMap<string, Counts>();
  /** Grows when qualities changed, some of them a moment ago. */
  qualityChanges = $state(0);
  #tally = new Tally();
  #types = new Map<string, TypeInfo>();
  #run = 0;
  #qualityChanged = atMostEvery(QUALITY_PAUSE_MS, () => (this.qualityChanges += 1));

  constructor(private readonly smartserver: string) {}

  /** Loads them page by page. The first load shows its first page at once; else all is shown together. */
  load = async (q: string): Promise<void> => {
    const run = ++this.#run;
    const first = this.points === undefined;
    const items: DataPoint[] = [];
    let cursor: string | undefined;
    this.loading = true;
    this.filling = first;
    this.loaded = 0;
    try {
      do {
        const query = { smartserver: this.smartserver, q: q || undefined, limit: PAGE, cursor };
        const page = await answer(api.GET('/api/v1/data-points', { params: { query } }));
        if (run !== this.#run) return;
        items.push(...page.items.map(this.#slim));
        cursor = page.next_cursor ?? undefined;
        this.loaded = items.length;
        if (!cursor || (first && !this.points)) this.#show(items, page.items, q);
        else this.#keep(page.items);
      } while (cursor);
      this.problem = undefined;
    } catch (cause) {
      if (run === this.#run) this.problem = asProblem(cause);
    } finally {
      if (run === this.#run) this.loading = this.filling = false;
    }
  };

  /** Takes readings of data points that are shown. */
  take(readings: readonly Reading[]) {
    const changed = new Set<string>();
    for (const reading of readings) {
      if (this.#tally.qualityOf(reading.data_point_id) === undefined) continue;
      this.#hold(reading);
      const { data_point_id, name, quality } = reading;
      for (const branch of this.#tally.set(data_point_id, name, quality)) changed.add(branch);
    }
    this.#tell(changed);
  }

  qualityOf(id: string): Quality {
    return this.#tally.qualityOf(id) ?? 'never_read';
  }

  #show(items: DataPoint[], latest: DataPoint[], q: string) {
    this.#keep(latest);
    const tally = new Tally();
    const branches = new Set<string>([WHOLE]);
    for (const { id, name } of items) {
      const quality = this.readings.get(id)?.reading.quality ?? 'never_read';
      for (const branch of tally.set(id, name, quality)) branches.add(branch);
    }
    this.#tally = tally;
    this.points = [...items];
    this.q = q;
    this.#tell(branches);
  }

  #keep(points: DataPoint[]) {
    for (const { reading } of points) if (reading) this.#hold(reading);
  }

  #hold(reading: Reading) {
    const held = this.readings.get(reading.data_point_id);
    const later = laterOf(held, reading);
    if (later !== held) this.readings.set(reading.data_point_id, later);
  }

  #tell(branches: Set<string>) {
    if (branches.size === 0) return;
    for (const branch of branches) this.counts.set(branch, this.#tally.countsOf(branch));
    this.#qualityChanged();
  }

  /** Its reading is kept apart, and thousands of data points share a few types. */
  #slim = (point: DataPoint): DataPoint => {
    const key = `${point.format} ${point.type}`;
    const type_info = this.#types.get(key) ?? point.type_info;
    if (type_info) this.#types.set(key, type_info);
    return { ...point, reading: undefined, type_info };
  };
}
