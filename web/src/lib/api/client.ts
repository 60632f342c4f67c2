import createClient from 'openapi-fetch';
import { NO_ANSWER, Problem, problemOf } from './problem';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: '/' });

let onUnauthenticated: (() => void) | undefined;

/** Tells the client what to do once the gateway no longer knows us. */
export function whenUnauthenticated(listener: () => void): void {
  onUnauthenticated = listener;
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's body; anything else is thrown as a `Problem`. */
export async function answer<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Problem(0, NO_ANSWER, 'The gateway does not answer');
  });
  if (response.ok) return data as T;
  const problem = problemOf(response, error);
  if (problem.code === 'unauthenticated') onUnauthenticated?.();
  throw problem;
}
