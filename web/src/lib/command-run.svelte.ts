import { answer, api } from './api/client';
import { asProblem, NO_ANSWER, type Problem } from './api/problem';
import type { Command, NewCommand } from './api/types';

const POLL_MS = 1000;
const GRACE_MS = 5000;

/** One data point's writes and releases, each followed from the request to its outcome. */
export class CommandRun {
  running = $state(false);
  command = $state.raw<Command>();
  problem = $state.raw<Problem>();
  #request = '';
  #idempotencyKey = '';
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
    const request = JSON.stringify(body);
    const repeated = request === this.#request && this.problem?.code === NO_ANSWER;
    if (!repeated) this.#idempotencyKey = newIdempotencyKey();
    this.#request = request;
    this.command = undefined;
    this.problem = undefined;
    this.running = true;
    try {
      this.command = await this.#ask(body);
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

  #ask(body: NewCommand): Promise<Command> {
    const header = { Prefer: 'wait=5', 'Idempotency-Key': this.#idempotencyKey };
    const params = { path: { id: this.dataPointId }, header };
    return answer(api.POST('/api/v1/data-points/{id}/writes', { params, body }));
  }

  async #follow({ id, deadline_at, finished }: Command): Promise<void> {
    const lastAsked = Date.parse(deadline_at) + GRACE_MS;
    while (!finished && !this.#stopped && Date.now() < lastAsked) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      this.command = await answer(api.GET('/api/v1/commands/{id}', { params: { path: { id } } }));
      finished = this.command.finished;
    }
  }
}

/** A random key; `crypto.randomUUID` exists on HTTPS and loopback only. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
