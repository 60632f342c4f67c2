import { fieldOf, type Problem } from '../../../lib/api/problem';
import type { Identity, IdentityTest, NewIdentity } from '../../../lib/api/types';

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

/**
 * What cannot be right, before the gateway is asked. A test may go without the password where the
 * stored one goes where it went before.
 */
export function mistakesOf(
  { jid, password, boshUrls }: IdentityDraft,
  storedWillDo = false,
): IdentityMistakes {
  const mistakes: IdentityMistakes = {};
  if (!/^[^@/\s]+@[^@/\s]+$/.test(jid.trim())) mistakes.jid = 'An account as user@domain';
  if (!password && !storedWillDo) mistakes.password = 'The password of the account';
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

/** Whether the stored password of an identity can be tested with what stands in the form. */
export function storedWillDo(draft: IdentityDraft, identity: Identity | undefined): boolean {
  return (
    identity !== undefined &&
    draft.jid.trim() === identity.jid &&
    !draft.caPem.trim() &&
    urlsOf(draft.boshUrls).join() === identity.bosh_urls.join()
  );
}

/** What is tested: the form's password, or the stored one where none is given. */
export function testOf(draft: IdentityDraft, identity: Identity | undefined): IdentityTest {
  const { password, ca_pem, ...rest } = identityOf(draft);
  if (password || !identity) return { ...rest, password, ca_pem };
  return { ...rest, identity: identity.id };
}

const FIELDS: Record<string, keyof IdentityDraft> = {
  jid: 'jid',
  password: 'password',
  bosh_urls: 'boshUrls',
  resource: 'resource',
  ca_pem: 'caPem',
};

/** The field that the gateway complains of, with its words. */
export function mistakesIn(problem: Problem): IdentityMistakes {
  const told = fieldOf(problem);
  const field = told && FIELDS[told.field];
  if (told && field) return { [field]: told.words };
  return problem.code === 'conflict' && problem.detail.includes('JID')
    ? { jid: 'Another identity has this JID' }
    : {};
}
