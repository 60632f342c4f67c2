import { asProblem, type Problem } from './api/problem';

/** Something loaded from the gateway: the latest load wins, and a failed one keeps the old data. */
export class Resource<T> {
  data = $state.raw<T>();
  problem = $state.raw<Problem>();
  loading = $state(false);
  #run = 0;

  constructor(private readonly load: () => Promise<T>) {}

  reload = async (): Promise<void> => {
    const run = ++this.#run;
    this.loading = true;
    try {
      const data = await this.load();
      if (run !== this.#run) return;
      this.data = data;
      this.problem = undefined;
    } catch (cause) {
      if (run === this.#run) this.problem = asProblem(cause);
    } finally {
      if (run === this.#run) this.loading = false;
    }
  };
}
