import { SvelteMap } from 'svelte/reactivity';
import { answer, api } from './api/client';
import type { DataPoint, Reading } from './api/types';
import { Pages } from './pages.svelte';

/** A reading, and when we got it: its age grows from there. */
export interface Seen {
  reading: Reading;
  at: number;
}

export function seenNow(reading: Reading): Seen {
  return { reading, at: Date.now() };
}

/** The reading's age by now; null when nobody knows. */
export function ageOf({ reading, at }: Seen, now: number): number | null {
  return reading.age_ms == null ? null : reading.age_ms + Math.max(0, now - at);
}

/** The data points of one SmartServer, a page at a time, with their readings kept current. */
export class DataPointList extends Pages<DataPoint> {
  readings = new SvelteMap<string, Seen>();

  constructor(smartserver: string, q: () => string) {
    super(async (limit, cursor) => {
      const query = { smartserver, q: q() || undefined, limit, cursor };
      const page = await answer(api.GET('/api/v1/data-points', { params: { query } }));
      for (const { reading } of page.items) if (reading) this.take(reading);
      return page;
    });
  }

  take(reading: Reading) {
    this.readings.set(reading.data_point_id, seenNow(reading));
  }
}
