import type { AlarmState } from '../../lib/api/types';
import { sinceOf } from '../../lib/period';

/** What of the alarms is shown, as it stands in the address; empty is no restriction. */
export interface AlarmFilter {
  /** Active ones, unless the address says otherwise. */
  state: AlarmState | 'all';
  acknowledged: '' | 'true' | 'false';
  site: string;
  tag: string;
  smartserver: string;
  /** As "24h", or a point in time. */
  since: string;
  q: string;
}

export function filterOf(query: URLSearchParams): AlarmFilter {
  const text = (name: string) => query.get(name) ?? '';
  const state = text('state');
  const acknowledged = text('acknowledged');
  return {
    state: state === 'cleared' || state === 'all' ? state : 'active',
    acknowledged: acknowledged === 'true' || acknowledged === 'false' ? acknowledged : '',
    site: text('site'),
    tag: text('tag'),
    smartserver: text('smartserver'),
    since: text('since'),
    q: text('q'),
  };
}

/** The same as the gateway takes it. */
export function listQuery({ state, acknowledged, since, ...texts }: AlarmFilter, now: number) {
  return {
    state: state === 'all' ? undefined : state,
    acknowledged: acknowledged === '' ? undefined : acknowledged === 'true',
    since: sinceOf(since, now),
    site: texts.site || undefined,
    tag: texts.tag || undefined,
    smartserver: texts.smartserver || undefined,
    q: texts.q.trim() || undefined,
  };
}

/** Whether less is shown than all active alarms. */
export function isNarrowed({ state, ...others }: AlarmFilter): boolean {
  return state !== 'active' || Object.values(others).some((value) => value !== '');
}
