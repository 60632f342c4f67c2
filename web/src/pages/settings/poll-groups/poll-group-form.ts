import { fieldOf, type Problem } from '../../../lib/api/problem';
import type { NewPollGroup, PollGroup, PointSelection } from '../../../lib/api/types';
import { plural } from '../../../lib/words';

/** What stands in the form; conditions left empty do not narrow. */
export interface PollGroupDraft {
  name: string;
  polls: boolean;
  intervalS: string;
  /** Keys, any of them. */
  smartservers: string[];
  tag: string;
  site: string;
  type: string;
  prefix: string;
  q: string;
  remembers: boolean;
  record: 'change' | 'every_reading';
  deadband: string;
  minIntervalS: string;
  retentionDays: string;
  backfill: boolean;
}

export type PollGroupMistakes = Partial<Record<keyof PollGroupDraft, string>>;

const DAY_S = 86_400;

export function draftOf(group: PollGroup | undefined): PollGroupDraft {
  const { selection, history } = group ?? {};
  return {
    name: group?.name ?? '',
    polls: group ? group.interval_ms != null : true,
    intervalS: String((group?.interval_ms ?? 60_000) / 1000),
    smartservers: smartserversOf(selection),
    tag: selection?.tag ?? '',
    site: selection?.site ?? '',
    type: selection?.type ?? '',
    prefix: selection?.prefix ?? '',
    q: selection?.q ?? '',
    remembers: group ? history != null : true,
    record: history?.record ?? 'change',
    deadband: history?.deadband == null ? '' : String(history.deadband),
    minIntervalS: String((history?.min_interval_ms ?? 0) / 1000),
    retentionDays: history?.retention_days == null ? '' : String(history.retention_days),
    backfill: history?.backfill ?? true,
  };
}

function smartserversOf(selection: PointSelection | null | undefined): string[] {
  if (!selection) return [];
  return selection.smartservers?.length
    ? selection.smartservers
    : selection.smartserver
      ? [selection.smartserver]
      : [];
}

const isBetween = (text: string, least: number, most: number) =>
  text.trim() !== '' && Number(text) >= least && Number(text) <= most;

/** What cannot be right, before the gateway is asked. */
export function mistakesOf(draft: PollGroupDraft): PollGroupMistakes {
  const mistakes: PollGroupMistakes = {};
  if (!draft.name.trim()) mistakes.name = 'Give it a name';
  if (draft.polls && !isBetween(draft.intervalS, 1, DAY_S)) mistakes.intervalS = '1 to 86,400 seconds';
  if (!draft.polls && !draft.remembers)
    mistakes.polls = 'A group that neither polls nor remembers does nothing';
  if (!draft.remembers) return mistakes;
  if (draft.deadband.trim() && !isBetween(draft.deadband, 0, Number.MAX_VALUE))
    mistakes.deadband = 'A number of 0 or more, or nothing';
  if (!isBetween(draft.minIntervalS, 0, DAY_S)) mistakes.minIntervalS = '0 to 86,400 seconds';
  if (draft.retentionDays.trim() && !/^[1-9]\d*$/.test(draft.retentionDays.trim()))
    mistakes.retentionDays = 'Whole days, or nothing';
  else if (Number(draft.retentionDays) > 3650) mistakes.retentionDays = 'At most 3650 days';
  return mistakes;
}

const FIELDS: Record<string, keyof PollGroupDraft> = {
  name: 'name',
  interval_ms: 'intervalS',
  'selection.smartserver': 'smartservers',
  'selection.smartservers': 'smartservers',
  'selection.tag': 'tag',
  'selection.site': 'site',
  'selection.type': 'type',
  'selection.prefix': 'prefix',
  'selection.q': 'q',
  'history.deadband': 'deadband',
  'history.min_interval_ms': 'minIntervalS',
  'history.retention_days': 'retentionDays',
};

/** The field that the gateway complains of, with its words. */
export function mistakesIn(problem: Problem): PollGroupMistakes {
  const told = fieldOf(problem);
  const field = told && FIELDS[told.field];
  if (told && field) return { [field]: told.words };
  return problem.code === 'conflict' && problem.detail.includes('name')
    ? { name: 'Another poll group has this name' }
    : {};
}

const textOr = (text: string) => text.trim() || null;
const numberOr = (text: string) => (text.trim() ? Number(text) : null);
const milliseconds = (seconds: string) => Math.round(Number(seconds) * 1000);

/** The group as the gateway takes it; what the form does not show stays as it was. */
export function newGroupOf(draft: PollGroupDraft, before?: PollGroup): NewPollGroup {
  const { smartservers } = draft;
  const selection: PointSelection = {
    tag: textOr(draft.tag),
    site: textOr(draft.site),
    type: textOr(draft.type),
    prefix: draft.prefix || null,
    q: textOr(draft.q),
    ...(smartservers.length ? { smartservers } : {}),
  };
  return {
    name: draft.name.trim(),
    enabled: before?.enabled ?? true,
    interval_ms: draft.polls ? milliseconds(draft.intervalS) : null,
    max_age_ms: before?.max_age_ms ?? null,
    ...(before?.items ? { items: before.items } : { selection }),
    history: draft.remembers
      ? {
          record: draft.record,
          deadband: numberOr(draft.deadband),
          min_interval_ms: milliseconds(draft.minIntervalS),
          retention_days: numberOr(draft.retentionDays),
          backfill: draft.backfill,
        }
      : null,
  };
}

/** A group as it would be made again. */
export function groupOf({
  name,
  enabled,
  interval_ms,
  max_age_ms,
  items,
  selection,
  history,
}: PollGroup): NewPollGroup {
  return { name, enabled, interval_ms, max_age_ms, items, selection, history };
}

/** Which data points a group means, in words. */
export function selectionInWords({ items, selection }: Pick<PollGroup, 'items' | 'selection'>): string {
  if (items) return `${plural(items.length, 'data point')} by name`;
  const conditions = [
    smartserversInWords(smartserversOf(selection)),
    selection?.tag && `of SmartServers tagged “${selection.tag}”`,
    selection?.site && `at ${selection.site}`,
    selection?.type && `of type ${selection.type}`,
    selection?.prefix && `whose names begin with “${selection.prefix}”`,
    selection?.q && `with “${selection.q}” in their names`,
  ].filter(Boolean);
  return conditions.length ? `Data points ${conditions.join(', ')}` : 'Every data point of the fleet';
}

function smartserversInWords(keys: string[]): string {
  if (keys.length === 0) return '';
  return keys.length <= 3 ? `of ${keys.join(', ')}` : `of ${keys.length} SmartServers`;
}
