import { answer, api } from './api/client';
import { asProblem, type Problem } from './api/problem';
import type { DataPoint } from './api/types';

const MAX_AGE_MS = 60_000;
const TIMEOUT_MS = 30_000;

/** Reads all data points of a SmartServer; the values arrive by the event stream. */
export class ReadAll {
  reading = $state(false);
  problem = $state.raw<Problem>();
  #asked = false;

  constructor(private readonly smartserver: string) {}

  /** Once per visit, and only when what is shown is missing or old: SmartServers are to be spared. */
  async onceIfNeeded(shown: DataPoint[]): Promise<void> {
    if (this.#asked || !shown.some(isOld)) return;
    await this.read();
  }

  read = async (): Promise<void> => {
    if (this.reading) return;
    this.#asked = true;
    this.reading = true;
    this.problem = undefined;
    const body = {
      reads: [{ smartserver: this.smartserver, all: true }],
      max_age_ms: MAX_AGE_MS,
      timeout_ms: TIMEOUT_MS,
    };
    try {
      await answer(api.POST('/api/v1/reads', { body }));
    } catch (cause) {
      this.problem = asProblem(cause);
    } finally {
      this.reading = false;
    }
  };
}

function isOld({ reading }: DataPoint): boolean {
  return reading?.age_ms == null || reading.age_ms > MAX_AGE_MS;
}
