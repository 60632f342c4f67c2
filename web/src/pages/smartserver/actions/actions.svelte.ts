import { createContext } from 'svelte';
import { answer, api } from '../../../lib/api/client';
import { asProblem, type Problem } from '../../../lib/api/problem';
import type { Ping, ReadResult, SyncReport } from '../../../lib/api/types';
import { toast } from '../../../lib/toasts.svelte';

export type ActionName = 'ping' | 'sync' | 'read';

/** What came of reading all data points. */
export interface ReadReport {
  total: number;
  failed: number;
  /** Why the first of them failed. */
  reason: string;
}

/** The last action of a kind: running, or how it ended. */
interface Run<T> {
  since: number;
  ended?: number;
  result?: T;
  problem?: Problem;
}

const MAX_AGE_MS = 60_000;
const TIMEOUT_MS = 60_000;

/** What somebody does to a SmartServer by the buttons of its page, and what came of it. */
export class UnitActions {
  /** The one that is shown. */
  shown = $state<ActionName>();
  pinged = $state.raw<Run<Ping>>();
  synced = $state.raw<Run<SyncReport>>();
  read = $state.raw<Run<ReadReport>>();
  /** Grows each time that data points or their readings may have changed by it. */
  changes = $state(0);

  constructor(
    private readonly key: string,
    /** The SmartServer is to be loaded again: an action was its latest call. */
    private readonly called: () => void,
  ) {}

  isRunning(name: ActionName): boolean {
    const run = { ping: this.pinged, sync: this.synced, read: this.read }[name];
    return run !== undefined && run.ended === undefined;
  }

  ping = () =>
    this.#run(
      'ping',
      () => answer(api.POST('/api/v1/smartservers/{key}/ping', this.#at())),
      (run) => (this.pinged = run),
    );

  sync = async () => {
    await this.#run(
      'sync',
      () => answer(api.POST('/api/v1/smartservers/{key}/sync', this.#at())),
      (run) => (this.synced = run),
    );
    this.changes += 1;
  };

  readAll = async () => {
    const reads = [{ smartserver: this.key, all: true }];
    const body = { reads, max_age_ms: MAX_AGE_MS, timeout_ms: TIMEOUT_MS };
    await this.#run(
      'read',
      async () => reportOf((await answer(api.POST('/api/v1/reads', { body }))).results),
      (run) => (this.read = run),
    );
    this.changes += 1;
  };

  /** Copies a text, or says that the browser does not allow it. */
  copy = async (text: string, word: string) => {
    try {
      await navigator.clipboard.writeText(text);
      toast(`${word} copied`);
    } catch {
      toast(`The browser did not allow to copy. ${word}: ${text}`, { tone: 'warn' });
    }
  };

  #at() {
    return { params: { path: { key: this.key } } };
  }

  async #run<T>(name: ActionName, work: () => Promise<T>, keep: (run: Run<T>) => void): Promise<void> {
    if (this.isRunning(name)) return;
    this.shown = name;
    const since = Date.now();
    keep({ since });
    try {
      const result = await work();
      keep({ since, ended: Date.now(), result });
    } catch (cause) {
      keep({ since, ended: Date.now(), problem: asProblem(cause) });
    }
    this.called();
  }
}

function reportOf(results: ReadResult[]): ReadReport {
  const failed = results.filter(({ outcome }) => outcome !== 'ok');
  return { total: results.length, failed: failed.length, reason: failed[0]?.reason ?? '' };
}

/** The actions of the page's SmartServer, for its tabs. */
export const [unitActions, setUnitActions] = createContext<UnitActions>();
