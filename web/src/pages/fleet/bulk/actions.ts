import { took } from '../../../lib/age';
import { answer, api } from '../../../lib/api/client';
import { Problem } from '../../../lib/api/problem';
import type { Ping, SmartServer, SmartServerChange } from '../../../lib/api/types';
import type { Done } from '../../../lib/bulk.svelte';
import { plural } from '../../../lib/words';

/** What can be done to many at once. */
export type Kind = 'sync' | 'ping' | 'tags' | 'site' | 'remove';

/** What it would come to. */
export interface Plan {
  touched: SmartServer[];
  skipped: SmartServer[];
  /** Why those are. */
  whySkipped: string;
  /** Messages to the SmartServers, about. */
  messages: number;
}

export interface BulkAction {
  kind: Kind;
  /** While it goes on. */
  doing: string;
  /** What the button says, for so many. */
  verb: (count: string) => string;
  plan: (targets: SmartServer[]) => Plan;
  work: (target: SmartServer) => Promise<Done>;
  /** It asks the SmartServers themselves: those that are offline cannot answer. */
  asksThem: boolean;
}

/** Most items of a message. */
const ITEMS = 100;
const isOffline = ({ health }: SmartServer) => health.state === 'offline';
const pathOf = ({ id }: SmartServer) => ({ params: { path: { key: id } } });

/** How many messages it takes to ask for something of so many data points. */
export const messagesFor = (dataPoints: number) => Math.ceil(dataPoints / ITEMS);

function askingPlan(skipOffline: boolean, messages: (target: SmartServer) => number) {
  return (targets: SmartServer[]): Plan => {
    const skipped = skipOffline ? targets.filter(isOffline) : [];
    const touched = targets.filter((target) => !skipped.includes(target));
    const sum = touched.reduce((sum, target) => sum + messages(target), 0);
    return { touched, skipped, whySkipped: 'offline', messages: sum };
  };
}

export function sync(skipOffline: boolean): BulkAction {
  return {
    kind: 'sync',
    doing: 'Reading inventories',
    verb: (count) => `Read ${count}`,
    // A list and the configurations, page by page, and how long it has been up.
    plan: askingPlan(skipOffline, ({ data_points }) => 2 + 2 * messagesFor(data_points)),
    asksThem: true,
    work: async (target) => {
      const report = await answer(api.POST('/api/v1/smartservers/{key}/sync', pathOf(target)));
      const { total, added, removed, changed } = report;
      return {
        words: `${plural(total, 'data point')}: ${added} added, ${removed} removed, ${changed} changed`,
      };
    },
  };
}

export function ping(skipOffline: boolean): BulkAction {
  return {
    kind: 'ping',
    doing: 'Pinging',
    verb: (count) => `Ping ${count}`,
    plan: askingPlan(skipOffline, () => 3),
    asksThem: true,
    work: async (target) => {
      const ways = await answer(api.POST('/api/v1/smartservers/{key}/ping', pathOf(target)));
      if (!ways.soap.answered) throw new Problem(504, 'ping_failed', pingWords(ways));
      return { words: pingWords(ways) };
    },
  };
}

function pingWords(ways: Ping): string {
  const way = (word: string, { answered, round_trip_ms, error }: Ping['disco'] | Ping['chat']) =>
    answered
      ? `${word} ${round_trip_ms == null ? 'answered' : took(round_trip_ms)}`
      : `${word} ${error?.message ?? 'no answer'}`;
  return [way('SOAP', ways.soap), way('chat', ways.chat), way('disco', ways.disco)].join(', ');
}

/** Changes what is registered, after a look at what is by now, so that exactly that can be taken back. */
async function change(
  target: SmartServer,
  changeOf: (now: SmartServer) => { to: SmartServerChange; back: SmartServerChange } | undefined,
): Promise<Done> {
  const now = await answer(api.GET('/api/v1/smartservers/{key}', pathOf(target)));
  const wanted = changeOf(now);
  if (!wanted) return { skipped: true, words: 'as wanted already' };
  const patch = (body: SmartServerChange) =>
    answer(api.PATCH('/api/v1/smartservers/{key}', { ...pathOf(target), body }));
  await patch(wanted.to);
  return { undo: () => patch(wanted.back) };
}

function changePlan(needs: (target: SmartServer) => boolean) {
  return (targets: SmartServer[]): Plan => ({
    touched: targets.filter(needs),
    skipped: targets.filter((target) => !needs(target)),
    whySkipped: 'as wanted already',
    messages: 0,
  });
}

/** Which tags one really gains and loses. */
export function tagChange({ tags }: Pick<SmartServer, 'tags'>, add: string[], remove: string[]) {
  const gained = add.filter((tag) => !tags.includes(tag));
  const lost = remove.filter((tag) => tags.includes(tag) && !add.includes(tag));
  return gained.length + lost.length > 0 ? { gained, lost } : undefined;
}

export function retag(add: string[], remove: string[]): BulkAction {
  return {
    kind: 'tags',
    doing: 'Changing tags',
    verb: (count) => `Change ${count}`,
    plan: changePlan((target) => tagChange(target, add, remove) !== undefined),
    asksThem: false,
    work: (target) =>
      change(target, (now) => {
        const changed = tagChange(now, add, remove);
        return (
          changed && {
            to: { add_tags: changed.gained, remove_tags: changed.lost },
            back: { add_tags: changed.lost, remove_tags: changed.gained },
          }
        );
      }),
  };
}

/** Without a site, they stand at none. */
export function resite(site: string | null): BulkAction {
  const at = (target: SmartServer) => target.site ?? null;
  return {
    kind: 'site',
    doing: 'Setting the site',
    verb: (count) => `Change ${count}`,
    plan: changePlan((target) => at(target) !== site),
    asksThem: false,
    work: (target) =>
      change(target, (now) => (at(now) === site ? undefined : { to: { site }, back: { site: at(now) } })),
  };
}

export function removal(): BulkAction {
  return {
    kind: 'remove',
    doing: 'Removing',
    verb: (count) => `Remove ${count}`,
    plan: changePlan(() => true),
    asksThem: false,
    work: async (target) => {
      await answer(api.DELETE('/api/v1/smartservers/{key}', pathOf(target)));
      return {};
    },
  };
}
