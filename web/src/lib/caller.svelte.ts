import { answer, api, whenUnauthenticated } from './api/client';
import { Problem } from './api/problem';
import { address, go } from './location.svelte';

type Caller = { state: 'asking' | 'signed_out' } | { state: 'signed_in'; name: string };

let current = $state.raw<Caller>({ state: 'asking' });

/** Who the gateway takes us for. */
export const caller = {
  get state() {
    return current.state;
  },
  get name() {
    return current.state === 'signed_in' ? current.name : '';
  },
};

function signedOut() {
  current = { state: 'signed_out' };
  if (address.path === '/sign-in') return;
  const { path, query } = address;
  const next = path + (query.size ? `?${query}` : '');
  go(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`, 'replace');
}

whenUnauthenticated(signedOut);

/** Asks the gateway whether our cookie is good; throws when it does not answer. */
export async function recognise(): Promise<void> {
  try {
    const { name } = await answer(api.GET('/api/v1/auth/me'));
    current = { state: 'signed_in', name };
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.status !== 401) throw cause;
    signedOut();
  }
}

export async function signIn(key: string): Promise<void> {
  const { name } = await answer(api.POST('/api/v1/auth/login', { body: { key } }));
  current = { state: 'signed_in', name };
}

export async function signOut(): Promise<void> {
  await answer(api.POST('/api/v1/auth/logout'));
  current = { state: 'signed_out' };
  go('/sign-in');
}
