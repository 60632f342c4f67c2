/** Rows under somebody's hand must not move: whether anybody is at work in an element. */
const IDLE_MS = 8000;

export class Attention {
  #touchedAt = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** Somebody moved, scrolled or typed there. */
  touch = () => {
    this.#touchedAt = this.now();
  };

  get isThere(): boolean {
    return this.now() - this.#touchedAt < IDLE_MS;
  }
}
