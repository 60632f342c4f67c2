import { answer, api } from '../../lib/api/client';
import type { Fleet } from '../../lib/api/types';
import { Resource } from '../../lib/resource.svelte';
import { figuresFilter, type FleetQuery } from './query';

const MOST_GROUPS = 1000;

interface Figures {
  /** Of those that fit. */
  fleet: Fleet;
  /** Of those that fit but for their site: what else could be chosen. */
  sites: Fleet['sites'];
}

/** What the filters offer, and how many each would show. */
export class FilterFigures {
  figures: Resource<Figures>;
  identities = new Resource(async () => (await answer(api.GET('/api/v1/identities'))).items);
  pollGroups = new Resource(async () => {
    const query = { limit: MOST_GROUPS };
    return (await answer(api.GET('/api/v1/poll-groups', { params: { query } }))).items;
  });

  constructor(query: () => FleetQuery) {
    const load = (wanted: FleetQuery) =>
      answer(api.GET('/api/v1/fleet', { params: { query: figuresFilter(wanted) } }));
    this.figures = new Resource(async () => {
      const wanted = query();
      const [fleet, others] = await Promise.all([
        load(wanted),
        wanted.site ? load({ ...wanted, site: '' }) : undefined,
      ]);
      return { fleet, sites: (others ?? fleet).sites };
    });
  }

  reload = () => Promise.all([this.figures.reload(), this.identities.reload(), this.pollGroups.reload()]);
}
