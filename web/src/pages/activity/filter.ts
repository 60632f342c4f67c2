import type { ActivityFilter } from '../../lib/activity/list.svelte';
import { sinceOf } from '../../lib/period';

/** Kinds that are chosen together; those of the journal under a word for people. */
export const KINDS = [
  { value: 'health,restart', word: 'Health' },
  { value: 'alarm', word: 'Alarms' },
  { value: 'command,device_command', word: 'Commands' },
  { value: 'session', word: 'Sessions' },
];

/** What the address asks for; empty is no restriction. */
export function textsOf(query: URLSearchParams) {
  const text = (name: string) => query.get(name) ?? '';
  const known = KINDS.flatMap(({ value }) => value.split(','));
  const kinds = text('kinds').split(',');
  return {
    kinds: kinds.filter((kind) => known.includes(kind)).join(),
    smartserver: text('smartserver'),
    site: text('site'),
    tag: text('tag'),
    since: text('since'),
    until: text('until'),
  };
}

/** The same as the gateway takes it. */
export function activityFilter(texts: ReturnType<typeof textsOf>, now: number): ActivityFilter {
  return {
    kinds: texts.kinds || undefined,
    smartserver: texts.smartserver || undefined,
    site: texts.site || undefined,
    tag: texts.tag || undefined,
    since: sinceOf(texts.since, now),
    until: sinceOf(texts.until, now),
  };
}

/** The kinds with these added, or taken away when all of them were there. */
export function toggled(kinds: string, some: string): string {
  const chosen = kinds.split(',').filter(Boolean);
  const those = some.split(',');
  const left = chosen.filter((kind) => !those.includes(kind));
  return (those.every((kind) => chosen.includes(kind)) ? left : [...left, ...those]).join();
}
