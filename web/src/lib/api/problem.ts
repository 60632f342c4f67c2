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

/** What to do about a problem, by its code. */
const ADVICE: Record<string, string> = {
  [NO_ANSWER]: 'Check your network, or whether the gateway is running.',
  unauthenticated: 'Sign in again.',
  smartserver_unknown: 'It may have been removed, or its key is spelt differently.',
  data_point_unknown: 'Read the inventory of its SmartServer again.',
  smartserver_unreachable: 'It is not connected to the XMPP server. Check its power and network.',
  deadline_exceeded: 'It may be slow or switched off. Try again, or see its health.',
  identity_refused: 'Mend the identity’s password; the XMPP server is not asked again until then.',
  identity_offline: 'The session is being reconnected.',
  session_lost: 'The session is being reconnected.',
  xmpp_server_unreachable: 'Check the identity’s BOSH URL and the network to the XMPP server.',
  xmpp_domain_unknown: 'Check the identity’s JID.',
  database_unavailable: 'Whoever runs the gateway finds more in its log.',
  page_missing: 'The gateway is away, or was updated meanwhile: load the dashboard again.',
  internal: 'Whoever runs the gateway finds more in its log.',
};

/** The field of the request that the gateway complains of, with its words; undefined for any other problem. */
export function fieldOf({ code, detail }: Problem): { field: string; words: string } | undefined {
  const [, field, words] = (code === 'request_invalid' && /^([a-z_.]+): (.+)$/s.exec(detail)) || [];
  if (!field || !words) return undefined;
  return { field, words: words.charAt(0).toUpperCase() + words.slice(1) };
}

interface Words {
  what: string;
  detail: string;
  advice: string;
}

/** What happened, what the gateway says of it, and what to do. */
export function inWords({ status, code, title, detail, retryAfterS }: Problem): Words {
  const again = retryAfterS === undefined ? '' : `Try again in ${retryAfterS} s.`;
  const advice = [ADVICE[code] ?? (status >= 500 && !again ? 'Try again.' : ''), again];
  return { what: title, detail: detail === title ? '' : detail, advice: advice.filter(Boolean).join(' ') };
}
