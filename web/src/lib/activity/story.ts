import type { Action, ActivityItem, Command, DeviceCommand, HealthState, SessionState } from '../api/types';
import { OUTCOME, plural, type Tone } from '../words';

/** A piece of a sentence, which may lead somewhere. */
export interface Part {
  text: string;
  href?: string;
}

/** Something that happened, as a sentence. */
export interface Story {
  tone: Tone;
  parts: Part[];
  /** Time zone of the site where it happened. */
  zone?: string | null;
}

/** What an event only names; `undefined` while it is not known. */
export interface Details {
  /** Time zone of a SmartServer's site. */
  timeZone(key: string): string | null | undefined;
  jid(identityId: string): string | undefined;
  command(id: string): Command | undefined;
  deviceCommand(id: string): DeviceCommand | undefined;
}

type Event<K extends ActivityItem['kind']> = Extract<ActivityItem, { kind: K }>['event'];

const BECAME: Record<HealthState, [words: string, tone: Tone]> = {
  online: [' is well', 'good'],
  degraded: [' became degraded', 'warn'],
  offline: [' went offline', 'bad'],
  never_seen: [' was never seen', 'quiet'],
};

const SESSION: Record<SessionState, [words: string, tone: Tone]> = {
  online: [' is online', 'good'],
  connecting: [' is connecting', 'quiet'],
  offline: [' went offline', 'bad'],
  refused: [' was refused by the XMPP server', 'bad'],
};

const plain = (text: string): Part => ({ text });

/** The last two parts of a data point's name: the last alone is seldom told apart. */
export function shortName(name: string): string {
  return name.split('/').slice(-2).join('/');
}

/** A sentence to go on after a colon: begins small, unless with a name, and has no stop at its end. */
export function afterColon(sentence: string): string {
  const text = sentence.trim().replace(/\.$/, '');
  return /^[A-Z][a-z]* /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Things that happened at once to many, told as one; newest first, and seldom more than one. */
export type Happening = [ActivityItem, ...ActivityItem[]];

/** Named before the others are only counted. */
const NAMED = 2;

export function storyOf([item, ...others]: Happening, details: Details): Story {
  if (item.kind === 'health' && others.length > 0) return manyHealths([item, ...others], details);
  return storyOfOne(item, details);
}

function storyOfOne(item: ActivityItem, details: Details): Story {
  switch (item.kind) {
    case 'health':
      return health(item.event, details);
    case 'restart':
      return at(item.event.smartserver, details, 'quiet', [smartserver(item.event), plain(' restarted')]);
    case 'session': {
      const [words, tone] = SESSION[item.event.state];
      const { identity_id: id } = item.event;
      const name = details.jid(id) ?? 'an identity';
      const href = `/settings/identities/${id}`;
      return { tone, parts: [plain('Session of '), { text: name, href }, plain(words)] };
    }
    case 'command':
      return command(item.event, details);
    case 'device_command':
      return deviceCommand(item.event, details);
    case 'alarm':
      return alarm(item.event);
    case 'gap':
      return { tone: 'warn', parts: [plain(`Events may be missing here: ${afterColon(item.event.reason)}`)] };
  }
}

function at(key: string, details: Details, tone: Tone, parts: Part[]): Story {
  return { tone, parts, zone: details.timeZone(key) };
}

interface Named {
  smartserver: string;
  smartserver_name: string;
}

function smartserver({ smartserver: key, smartserver_name: text }: Named): Part {
  return { text, href: `/smartservers/${encodeURIComponent(key)}` };
}

function health(event: Event<'health'>, details: Details): Story {
  const { smartserver: key, state, reason } = event;
  const [words, tone] = BECAME[state];
  const why = state === 'online' ? '' : `: ${afterColon(reason)}`;
  return at(key, details, tone, [smartserver(event), plain(words + why)]);
}

function manyHealths(items: Happening, details: Details): Story {
  const one = storyOfOne(items[0], details);
  const event = items[0].event as Event<'health'>;
  const words = BECAME[event.state][0].replace(/^ (is|was) /, (_, verb) =>
    verb === 'is' ? ' are ' : ' were ',
  );
  const named = items
    .slice(0, NAMED)
    .flatMap(({ event: each }) => [smartserver(each as Event<'health'>), plain(', ')]);
  const why = event.state === 'online' ? '' : `: ${afterColon(event.reason)}`;
  const more = plural(items.length - NAMED, 'more SmartServer');
  return { ...one, parts: [...named.slice(0, -1), plain(` and ${more}${words}${why}`)] };
}

function alarm(event: Event<'alarm'>): Story {
  const name = { text: event.text || `Alarm of ${shortName(event.name)}`, href: `/alarms/${event.id}` };
  const where = [plain(' at '), smartserver(event)];
  const by = event.user ? ` by ${event.user}` : '';
  switch (event.change) {
    case 'raised': {
      const value = [event.value, event.unit].filter(Boolean).join(' ');
      return { tone: 'bad', parts: [name, plain(value && ` (${value})`), ...where] };
    }
    case 'acknowledged': {
      const comment = event.comment ? `: “${event.comment}”` : '';
      return { tone: 'quiet', parts: [name, ...where, plain(` was acknowledged${by}${comment}`)] };
    }
    case 'cleared':
      return { tone: 'good', parts: [name, ...where, plain(` was cleared${by}`)] };
    case 'changed':
      return {
        tone: 'quiet',
        parts: [name, ...where, plain(event.over ? ': its condition is over' : ' changed')],
      };
  }
}

function command({ command_id: id, smartservers }: Event<'command'>, details: Details): Story {
  const known = details.command(id);
  const [only] = smartservers;
  const key = only?.smartserver ?? '';
  const where: Part[] =
    only && smartservers.length === 1
      ? [plain(' at '), smartserver(only)]
      : [plain(` at ${plural(smartservers.length, 'SmartServer')}`)];
  if (!known) return at(key, details, 'quiet', [plain('A command'), ...where]);
  const [first] = known.items;
  const what: Part =
    first && known.items.length === 1
      ? { text: shortName(first.name), href: `/data-points/${first.data_point_id}` }
      : plain(plural(known.items.length, 'data point'));
  const { words, tone } = fate(known);
  const reason = known.reason ? `, “${known.reason}”` : '';
  return at(key, details, tone, [
    plain(`${known.requested_by} ${deed(known.action)} `),
    what,
    ...where,
    plain(`: ${words}${reason}`),
  ]);
}

/** What an action does to a data point: as "wrote 21 to", to be followed by its name. */
export function deed(action: Action): string {
  return action.type === 'release' ? 'released' : `wrote ${written(action)} to`;
}

function written(action: Extract<Action, { type: 'write' }>): string {
  const { preset, raw, raw_hex, value, fields } = action;
  const text = preset ?? raw ?? raw_hex ?? valueText(fields ?? value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function valueText(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  const parts = Object.entries(value).map(([name, part]) =>
    Array.isArray(value) ? valueText(part) : `${name} ${valueText(part)}`,
  );
  return parts.join(', ');
}

/** What became of a command; several fates are counted, the worst one gives the tone. */
export function fate({ finished, counts, items }: Command): { words: string; tone: Tone } {
  const fates = Object.entries(counts).filter(([, count]) => count > 0);
  const wordOf = (name: string) => (name in OUTCOME ? OUTCOME[name as keyof typeof OUTCOME].word : name);
  const words = fates.map(([name, count]) =>
    items.length === 1 ? wordOf(name) : `${count} ${wordOf(name)}`,
  );
  if (!finished) return { words: `under way (${words.join(', ')})`, tone: 'quiet' };
  const tones = fates.map(([name]) =>
    name in OUTCOME ? OUTCOME[name as keyof typeof OUTCOME].tone : 'quiet',
  );
  const tone = (['bad', 'warn', 'quiet'] as const).find((found) => tones.includes(found)) ?? 'good';
  return { words: words.join(', '), tone };
}

function deviceCommand(event: Event<'device_command'>, details: Details): Story {
  const { command_id: id, smartserver: key } = event;
  const known = details.deviceCommand(id);
  const where = [plain(' at '), smartserver(event)];
  if (!known) return at(key, details, 'quiet', [plain('A command to a device'), ...where]);
  const outcome = known.outcome?.replaceAll('_', ' ') ?? `under way (${known.phase})`;
  const tone: Tone = !known.outcome ? 'quiet' : known.outcome === 'done' ? 'good' : 'warn';
  const order = known.command.replaceAll('_', ' ');
  const said = `${known.requested_by} sent “${order}” to ${shortName(known.device)}`;
  return at(key, details, tone, [plain(said), ...where, plain(`: ${outcome}`)]);
}

/** Without what a later item tells as well: earlier steps of a command, log-ins that came to an end. */
export function worthTelling(newestFirst: ActivityItem[]): ActivityItem[] {
  const told = new Set<string>();
  return newestFirst.filter((item) => {
    const id = stepsOf(item);
    if (!id) return true;
    const isStep = item.kind !== 'session' || item.event.state === 'connecting';
    const known = told.has(id);
    told.add(id);
    return !(known && isStep);
  });
}

function stepsOf(item: ActivityItem): string | undefined {
  if (item.kind === 'command' || item.kind === 'device_command') return item.event.command_id;
  return item.kind === 'session' ? item.event.identity_id : undefined;
}

/** What happened as it is told: what befell several SmartServers alike, one after the other, as one. */
export function tellingsOf(newestFirst: ActivityItem[]): Happening[] {
  const tellings: Happening[] = [];
  for (const item of worthTelling(newestFirst)) {
    const last = tellings.at(-1);
    if (last && areAlike(last[0], item)) last.push(item);
    else tellings.push([item]);
  }
  // One more is told as soon as counted.
  return tellings.flatMap((items) =>
    items.length > NAMED + 1 ? [items] : items.map((item): Happening => [item]),
  );
}

const TOGETHER_MS = 10_000;

function areAlike(a: ActivityItem, b: ActivityItem): boolean {
  if (a.kind !== 'health' || b.kind !== 'health' || a.event.state !== b.event.state) return false;
  const together = Date.parse(a.at) - Date.parse(b.at) <= TOGETHER_MS;
  return together && (a.event.state === 'online' || a.event.reason === b.event.reason);
}
