import { answer, api } from '../../../lib/api/client';
import { asProblem, type Problem } from '../../../lib/api/problem';
import type { DeviceCommand, NewDeviceCommand } from '../../../lib/api/types';
import { RepeatKey } from '../../../lib/repeat-key';

const POLL_MS = 1000;
const GRACE_MS = 5000;

/** A command to a device, followed from the request to its outcome. */
export class DeviceRun {
  running = $state(false);
  command = $state.raw<DeviceCommand>();
  problem = $state.raw<Problem>();
  #keys = new RepeatKey();
  #stopped = false;

  constructor(private readonly smartserver: string) {}

  /**
   * Asks for it. The same request after a lost answer carries the same idempotency key, so that it is
   * not carried out twice.
   */
  run = async (body: NewDeviceCommand): Promise<void> => {
    if (this.running) return;
    const key = this.#keys.next(body, this.problem);
    this.command = undefined;
    this.problem = undefined;
    this.running = true;
    try {
      const header = { 'Idempotency-Key': key };
      const params = { path: { key: this.smartserver }, header };
      this.command = await answer(api.POST('/api/v1/smartservers/{key}/devices/commands', { params, body }));
      await this.#follow(this.command);
    } catch (cause) {
      this.problem = asProblem(cause);
    } finally {
      this.running = false;
    }
  };

  /** The stream told of a step. */
  stepped = async (id: string): Promise<void> => {
    if (id !== this.command?.id) return;
    await this.#ask(id).catch(() => undefined);
  };

  stop = () => {
    this.#stopped = true;
  };

  async #ask(id: string) {
    const told = await answer(api.GET('/api/v1/device-commands/{id}', { params: { path: { id } } }));
    // An older answer may come later.
    if (this.command?.id === id && this.command.phase !== 'finished') this.command = told;
  }

  async #follow({ id, deadline_at }: DeviceCommand): Promise<void> {
    const lastAsked = Date.parse(deadline_at) + GRACE_MS;
    while (this.command?.phase !== 'finished' && !this.#stopped && Date.now() < lastAsked) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      // It comes to its end also while nobody can ask for it.
      try {
        await this.#ask(id);
        this.problem = undefined;
      } catch (cause) {
        this.problem = asProblem(cause);
      }
    }
  }
}
