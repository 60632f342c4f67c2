/** A problem document (RFC 9457), or the lack of any answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail = '',
    readonly retryAfterS?: number,
  ) {
    super(detail || title);
    this.name = 'Problem';
  }
}

/** Code of the problem that no answer came, so that nobody knows whether the request arrived. */
export const NO_ANSWER = 'no_answer';

export function problemOf(response: Response, body: unknown): Problem {
  const document = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof document[name] === 'string' ? document[name] : '');
  const retryAfterS = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new Problem(
    response.status,
    text('code') || `http_${response.status}`,
    text('title') || `The gateway answered ${response.status}`,
    text('detail'),
    Number.isNaN(retryAfterS) ? undefined : retryAfterS,
  );
}

export function asProblem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem(0, 'dashboard_fault', 'The dashboard failed', String(cause));
}

interface Words {
  what: string;
  detail: string;
  advice: string;
}

const WORDS: Record<string, [what: string, advice: string]> = {
  [NO_ANSWER]: ['The gateway does not answer', 'Check your network, or whether the gateway is running.'],
  unauthenticated: ['You are not signed in', 'Sign in again.'],
  forbidden: ['This API key may not do that', 'Ask for a key with more rights.'],
  smartserver_unknown: ['No such SmartServer', 'It may have been removed, or its key is spelt differently.'],
  data_point_unknown: ['No such data point', 'Read the inventory of its SmartServer again.'],
  smartserver_unreachable: [
    'The SmartServer is not reachable',
    'It is not connected to the XMPP server. Check its power and network.',
  ],
  smartserver_fault: ['The SmartServer refused the request', 'Its own words are above.'],
  identity_refused: [
    'The XMPP server refused the identity’s credentials',
    'Mend the identity’s password; it is not tried again until then.',
  ],
  identity_offline: ['The identity’s session is not online', 'It is being reconnected; try again shortly.'],
  xmpp_server_unreachable: [
    'The XMPP server is not reachable',
    'Check the identity’s BOSH URL and the network between gateway and XMPP server.',
  ],
  xmpp_domain_unknown: ['The XMPP server does not serve this domain', 'Check the identity’s JID.'],
  deadline_exceeded: [
    'The SmartServer did not answer in time',
    'It may be slow or switched off. Try again, or see its health.',
  ],
  poll_budget_exceeded: ['This SmartServer has been polled often enough', 'It is being spared.'],
};

/** What happened, what the gateway says of it, and what to do. */
export function inWords(problem: Problem): Words {
  const known = WORDS[problem.code];
  const what = known?.[0] ?? problem.title;
  const again = problem.retryAfterS === undefined ? '' : `Try again in ${problem.retryAfterS} s.`;
  const advice = [known?.[1] ?? (problem.status >= 500 && !again ? 'Try again.' : ''), again];
  return {
    what,
    detail: problem.detail === what ? '' : problem.detail,
    advice: advice.filter(Boolean).join(' '),
  };
}
