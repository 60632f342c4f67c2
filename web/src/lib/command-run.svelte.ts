import { answer, api } from './api/client';
import { asProblem, type Problem } from './api/problem';
import type { Command, NewCommand } from './api/types';
import { RepeatKey } from './repeat-key';

const POLL_MS = 1000;
const GRACE_MS = 5000;

/** One data point's writes and releases, each followed from the request to its outcome. */
export class CommandRun {
  running = $state(false);
  command = $state.raw<Command>();
  problem = $state.raw<Problem>();
  #keys = new RepeatKey();
  #stopped = false;

  constructor(
    private readonly dataPointId: string,
    private readonly finished: () => void,
  ) {}

  /**
   * Asks for it. The same request after a lost answer carries the same idempotency key, so that it
   * is not carried out twice.
   */
  run = async (body: NewCommand): Promise<void> => {
    if (this.running) return;
    const key = this.#keys.next(body, this.problem);
    this.command = undefined;
    this.problem = undefined;
    this.running = true;
    try {
      this.command = await this.#ask(body, key);
      await this.#follow(this.command);
    } catch (cause) {
      this.problem = asProblem(cause);
    } finally {
      this.running = false;
      this.finished();
    }
  };

  stop = () => {
    this.#stopped = true;
  };

  #ask(body: NewCommand, key: string): Promise<Command> {
    const header = { Prefer: 'wait=5', 'Idempotency-Key': key };
    const params = { path: { id: this.dataPointId }, header };
    return answer(api.POST('/api/v1/data-points/{id}/writes', { params, body }));
  }

  async #follow({ id, deadline_at, finished }: Command): Promise<void> {
    const lastAsked = Date.parse(deadline_at) + GRACE_MS;
    while (!finished && !this.#stopped && Date.now() < lastAsked) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      // It comes to its end also while nobody can ask for it.
      try {
        this.command = await answer(api.GET('/api/v1/commands/{id}', { params: { path: { id } } }));
        this.problem = undefined;
        finished = this.command.finished;
      } catch (cause) {
        this.problem = asProblem(cause);
      }
    }
  }
}
