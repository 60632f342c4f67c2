import type { operations } from '../../lib/api/schema';
import type { HealthState } from '../../lib/api/types';
import { HEALTH } from '../../lib/words';

type ListQuery = NonNullable<operations['list_smartservers']['parameters']['query']>;

export const SORTS = {
  name: 'Name',
  key: 'Key',
  health: 'Health, worst first',
  site: 'Site',
  alarms: 'Active alarms',
  last_answer: 'Last answer',
  round_trip: 'Round trip',
  queued: 'Queue',
  data_points: 'Data points',
} as const;

export type Sort = keyof typeof SORTS;
export type Order = 'asc' | 'desc';

/** Which SmartServers are shown, in what order; it stands in the address. */
export interface FleetQuery {
  q: string;
  health: HealthState[];
  site: string;
  tags: string[];
  identity: string;
  pollGroup: string;
  sort: Sort;
  order: Order;
}

export const EVERYTHING: FleetQuery = {
  q: '',
  health: [],
  site: '',
  tags: [],
  identity: '',
  pollGroup: '',
  sort: 'name',
  order: 'asc',
};

/** As the address says; what it says wrongly counts as not said. */
export function readQuery(query: URLSearchParams): FleetQuery {
  const text = (name: string) => query.get(name)?.trim() ?? '';
  const words = (name: string) =>
    [
      ...new Set(
        text(name)
          .split(',')
          .map((word) => word.trim()),
      ),
    ].filter(Boolean);
  const sort = text('sort');
  return {
    q: text('q'),
    health: words('health').filter((word): word is HealthState => word in HEALTH),
    site: text('site'),
    tags: words('tag'),
    identity: text('identity'),
    pollGroup: text('poll_group'),
    sort: sort in SORTS ? (sort as Sort) : EVERYTHING.sort,
    order: text('order') === 'desc' ? 'desc' : 'asc',
  };
}

/** The address that shows these. */
export function addressOf(wanted: FleetQuery): string {
  const { q, health, site, tags, identity, pollGroup, sort, order } = wanted;
  const said = {
    q,
    health: health.join(),
    site,
    tag: tags.join(),
    identity,
    poll_group: pollGroup,
    sort: sort === EVERYTHING.sort ? '' : sort,
    order: order === EVERYTHING.order ? '' : order,
  };
  const query = new URLSearchParams(Object.entries(said).filter(([, value]) => value));
  return `/smartservers${query.size ? `?${query}` : ''}`;
}

/** What the gateway's figures of the fleet are narrowed by: all but health, which they count. */
export function figuresFilter({ q, site, tags, identity, pollGroup }: FleetQuery) {
  return {
    q: q || undefined,
    site: site || undefined,
    tag: tags.join() || undefined,
    identity: identity || undefined,
    poll_group: pollGroup || undefined,
  };
}

export function listFilter(wanted: FleetQuery): ListQuery {
  const { health, sort, order } = wanted;
  return { ...figuresFilter(wanted), health: health.join() || undefined, sort, order };
}

export function isNarrowed(wanted: FleetQuery): boolean {
  return addressOf({ ...wanted, sort: EVERYTHING.sort, order: EVERYTHING.order }) !== addressOf(EVERYTHING);
}
