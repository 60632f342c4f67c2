import type { Identity, NewIdentity } from '../../../lib/api/types';

/** What stands in the form. */
export interface IdentityDraft {
  jid: string;
  password: string;
  boshUrls: string;
  resource: string;
  caPem: string;
  plainOnLoopback: boolean;
}

export type IdentityMistakes = Partial<Record<keyof IdentityDraft, string>>;

export function draftOf(identity: Identity | undefined): IdentityDraft {
  return {
    jid: identity?.jid ?? '',
    password: '',
    boshUrls: identity?.bosh_urls.join('\n') ?? '',
    resource: identity?.resource ?? 'nocgate',
    caPem: '',
    plainOnLoopback: identity?.plain_on_loopback ?? false,
  };
}

const urlsOf = (text: string) => text.split(/\s+/).filter(Boolean);

/** What cannot be right, before the gateway is asked. */
export function mistakesOf({ jid, password, boshUrls }: IdentityDraft): IdentityMistakes {
  const mistakes: IdentityMistakes = {};
  if (!/^[^@/\s]+@[^@/\s]+$/.test(jid.trim())) mistakes.jid = 'An account as user@domain';
  if (!password) mistakes.password = 'The password of the account';
  const urls = urlsOf(boshUrls);
  if (urls.length === 0) mistakes.boshUrls = 'At least one address';
  for (const url of urls) {
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
      mistakes.boshUrls = `“${url}” is no http or https address`;
  }
  return mistakes;
}

export function identityOf(draft: IdentityDraft): NewIdentity {
  return {
    jid: draft.jid.trim(),
    password: draft.password,
    bosh_urls: urlsOf(draft.boshUrls),
    resource: draft.resource.trim() || 'nocgate',
    ca_pem: draft.caPem.trim() || null,
    plain_on_loopback: draft.plainOnLoopback,
  };
}
