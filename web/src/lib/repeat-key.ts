import { NO_ANSWER, type Problem } from './api/problem';

/** Idempotency keys for a form: what is sent once more after a lost answer is not carried out twice. */
export class RepeatKey {
  #sent = '';
  #key = '';

  /** The key for a request: that of the one before, if it was the same and its answer was lost. */
  next(body: unknown, before: Problem | undefined): string {
    const text = JSON.stringify(body);
    if (text !== this.#sent || before?.code !== NO_ANSWER) this.#key = newKey();
    this.#sent = text;
    return this.#key;
  }
}

/** A random key; `crypto.randomUUID` exists on HTTPS and loopback only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
