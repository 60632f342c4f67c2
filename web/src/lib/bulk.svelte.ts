import { asProblem, inWords } from './api/problem';

/** As many at a time: enough to be quick, few enough to leave the browser connections for the page. */
const CONCURRENCY = 4;

/** What work on one of them came to, if it did not fail. */
export interface Done {
  /** What came of it, in words. */
  words?: string;
  /** There was nothing to do. */
  skipped?: boolean;
  /** Takes it back. */
  undo?: () => Promise<unknown>;
}

export interface Outcome<T> extends Done {
  target: T;
  state: 'done' | 'skipped' | 'failed';
  words: string;
}

/** The same work on many things: a few at a time, each with an outcome of its own. */
export class BulkRun<T> {
  /** In the order in which they ended. */
  outcomes = $state.raw<Outcome<T>[]>([]);
  running = $state(false);
  /** Not begun: they wait for their turn, or it was cancelled before. */
  waiting = $state(0);
  failed = $derived(this.outcomes.filter(({ state }) => state === 'failed'));
  /** Those that can be taken back. */
  undoable = $derived(this.outcomes.filter(({ undo }) => undo));
  readonly total: number;
  #queue: T[];
  #cancelled = false;

  constructor(
    targets: T[],
    private readonly work: (target: T) => Promise<Done | undefined>,
    private readonly concurrency = CONCURRENCY,
  ) {
    this.total = targets.length;
    this.waiting = targets.length;
    this.#queue = [...targets];
  }

  get cancelled(): boolean {
    return this.waiting > 0 && !this.running;
  }

  /** Works through all that wait; resolves once nothing is under way any more. Never throws. */
  start = async (): Promise<void> => {
    if (this.running) return;
    this.running = true;
    this.#cancelled = false;
    await Promise.all(Array.from({ length: this.concurrency }, () => this.#lane()));
    this.running = false;
  };

  /** Begins no more; what is under way comes to its end. */
  cancel = () => {
    this.#cancelled = true;
  };

  /** Once more for those that failed, before those that wait. */
  retry = (): Promise<void> => {
    this.#queue.unshift(...this.failed.map(({ target }) => target));
    this.waiting = this.#queue.length;
    this.outcomes = this.outcomes.filter(({ state }) => state !== 'failed');
    return this.start();
  };

  /** The run that takes back what was done, not yet started. */
  takeBack(): BulkRun<T> {
    const undos = new Map(this.undoable.map(({ target, undo }) => [target, undo]));
    return new BulkRun([...undos.keys()], async (target) => {
      await undos.get(target)?.();
      return undefined;
    });
  }

  async #lane(): Promise<void> {
    while (!this.#cancelled) {
      const target = this.#queue.shift();
      if (target === undefined) return;
      this.waiting = this.#queue.length;
      const outcome = await this.#outcomeOf(target);
      this.outcomes = [...this.outcomes, outcome];
    }
  }

  async #outcomeOf(target: T): Promise<Outcome<T>> {
    try {
      const done = (await this.work(target)) ?? {};
      return { words: '', ...done, target, state: done.skipped ? 'skipped' : 'done' };
    } catch (cause) {
      const problem = asProblem(cause);
      // Nobody is signed in: each other one would fail alike.
      if (problem.code === 'unauthenticated') this.cancel();
      const { what, detail } = inWords(problem);
      return { target, state: 'failed', words: detail || what };
    }
  }
}
