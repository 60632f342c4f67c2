import type { Problem } from '../lib/api/problem';
import type { NewSmartServer, SmartServer, SmartServerChange } from '../lib/api/types';
import { isTimeZone } from '../lib/time';

/** What is typed about a SmartServer. */
export interface Draft {
  jid: string;
  identity_id: string;
  key: string;
  name: string;
  site: string;
  time_zone: string;
  tags: string[];
}

export type Mistakes = Partial<Record<keyof Draft, string>>;

/** The resource that SmartServers log in with. */
const RESOURCE = 'ilon';

/** What a link to the form may bring; what is no JID is none. */
export interface Given {
  jid: string | null;
  identity_id: string | null;
}

export function draftOf(smartserver: SmartServer | undefined, given?: Given): Draft {
  return {
    jid: smartserver?.jid ?? (given?.jid?.includes('@') ? given.jid : ''),
    identity_id: smartserver?.identity_id ?? given?.identity_id ?? '',
    key: smartserver?.key ?? '',
    name: smartserver?.name ?? '',
    site: smartserver?.site ?? '',
    time_zone: smartserver?.time_zone ?? '',
    tags: smartserver?.tags ?? [],
  };
}

/** What was typed as a whole JID: a MAC ID gets the identity's domain, a bare JID the usual resource. */
export function completedJid(typed: string, identityJid: string | undefined): string {
  const jid = typed.trim();
  if (!jid) return '';
  const domain = identityJid?.split('@')[1]?.split('/')[0];
  if (!jid.includes('@')) return domain && !jid.includes('/') ? `${jid}@${domain}/${RESOURCE}` : jid;
  return jid.includes('/') ? jid : `${jid}/${RESOURCE}`;
}

/** The key that it gets if none is given. */
export function derivedKey(jid: string): string {
  return jid.split('@')[0]?.trim() ?? '';
}

export function mistakesOf(draft: Draft): Mistakes {
  const mistakes: Mistakes = {};
  if (!/^[^@/\s]+@[^@/\s]+\/.+$/.test(draft.jid.trim())) {
    mistakes.jid = draft.jid.trim() ? 'A full JID is MAC@domain/ilon.' : 'Enter its JID, or its MAC ID.';
  }
  if (!draft.identity_id) mistakes.identity_id = 'Choose the identity that talks to it.';
  if (draft.key.includes('/')) mistakes.key = 'A key holds no slash.';
  if (draft.time_zone.trim() && !isTimeZone(draft.time_zone.trim())) {
    mistakes.time_zone = 'No time zone is called so. Names are like Europe/Berlin.';
  }
  return mistakes;
}

/** The field that the gateway complains of, with its words. */
export function mistakesIn({ code, detail }: Problem): Mistakes {
  const [, field, words] = /^(jid|identity_id|key|name|site|time_zone|tags): (.+)$/s.exec(detail) ?? [];
  if (field && words) return { [field]: sentence(words) };
  if (code === 'identity_unknown') return { identity_id: sentence(detail) };
  if (code === 'conflict')
    return detail.includes('JID') ? { jid: sentence(detail) } : { key: sentence(detail) };
  return {};
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;

export function newOf(draft: Draft): NewSmartServer {
  const given = (text: string) => text.trim() || undefined;
  return {
    jid: draft.jid.trim(),
    identity_id: draft.identity_id,
    key: given(draft.key),
    name: given(draft.name),
    site: given(draft.site),
    time_zone: given(draft.time_zone),
    tags: draft.tags,
  };
}

/** Only what differs, so that what somebody else changes meanwhile stays. */
export function changeOf(draft: Draft, before: SmartServer): SmartServerChange {
  const change: SmartServerChange = {};
  const was = draftOf(before);
  for (const field of ['jid', 'identity_id', 'key', 'name'] as const) {
    const text = draft[field].trim();
    if (text !== was[field])
      change[field] = text || (field === 'name' ? draft.key.trim() : derivedKey(draft.jid));
  }
  for (const field of ['site', 'time_zone'] as const) {
    const text = draft[field].trim();
    if (text !== was[field]) change[field] = text || null;
  }
  const added = draft.tags.filter((tag) => !was.tags.includes(tag));
  const removed = was.tags.filter((tag) => !draft.tags.includes(tag));
  if (added.length) change.add_tags = added;
  if (removed.length) change.remove_tags = removed;
  return change;
}
