import { answer, api } from './api/client';
import { asProblem, type Problem } from './api/problem';
import type { DataPoint, Reading } from './api/types';

const MAX_AGE_MS = 60_000;
/** More than that: right after a read a value may be as old as was asked for. */
export const OLD_MS = 2 * MAX_AGE_MS;
const TIMEOUT_MS = 30_000;

/** What came of it: how many were read, and why the others were not. */
export interface ReadCounts {
  total: number;
  failed: number;
  reason: string;
}

/** Reads all data points of a SmartServer. */
export class ReadAll {
  reading = $state(false);
  problem = $state.raw<Problem>();
  counts = $state.raw<ReadCounts>();
  #asked = false;

  constructor(
    private readonly smartserver: string,
    private readonly take: (reading: Reading) => void,
  ) {}

  /** Once per visit, and only when what is shown is missing or old: SmartServers are to be spared. */
  async onceIfNeeded(shown: DataPoint[]): Promise<void> {
    if (this.#asked || !shown.some(isOld)) return;
    await this.read();
  }

  /** Speaks no longer of the last read. */
  forget() {
    this.problem = undefined;
    this.counts = undefined;
  }

  read = async (): Promise<void> => {
    if (this.reading) return;
    this.#asked = true;
    this.reading = true;
    this.forget();
    const body = {
      reads: [{ smartserver: this.smartserver, all: true }],
      max_age_ms: MAX_AGE_MS,
      timeout_ms: TIMEOUT_MS,
    };
    try {
      const { results } = await answer(api.POST('/api/v1/reads', { body }));
      for (const { reading } of results) if (reading) this.take(reading);
      const failed = results.filter(({ outcome }) => outcome !== 'ok');
      this.counts = { total: results.length, failed: failed.length, reason: failed[0]?.reason ?? '' };
    } catch (cause) {
      this.problem = asProblem(cause);
    } finally {
      this.reading = false;
    }
  };
}

function isOld({ reading }: DataPoint): boolean {
  return reading?.age_ms == null || reading.age_ms > OLD_MS;
}
