import type { Alarm, HealthState, Reading, SessionState } from './api/types';
import { recognise } from './caller.svelte';

interface Events {
  health: { smartserver: string; smartserver_id: string; state: HealthState; reason: string };
  restart: { smartserver: string; smartserver_id: string };
  session: { identity_id: string; state: SessionState };
  command: { command_id: string; smartservers: { smartserver: string; smartserver_id: string }[] };
  device_command: { command_id: string; smartserver: string; smartserver_id: string };
  alarm: Alarm;
}

type Kind = keyof Events;

/** What a part of the page wants from the stream. */
export interface Watch {
  on?: { [K in Kind]?: (event: Events[K]) => void };
  /** Whose readings are wanted: keys of SmartServers and ids of data points. */
  readingsOf?: string[];
  /** What came since the last frame, the latest of each data point. */
  readings?: (readings: Reading[]) => void;
  /**
   * Load everything: called once the stream is open, so that no change falls between the load and
   * the first event, and again whenever events may have been missed.
   */
  fresh: () => void;
}

const KINDS: Kind[] = ['health', 'restart', 'session', 'command', 'device_command', 'alarm'];
/** As many subjects as the gateway narrows readings to. */
const MOST_SUBJECTS = 100;
const PATIENCE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
const FRAME_MS = 100;

let state = $state<'connecting' | 'live' | 'broken'>('connecting');
let brokenSince = $state(0);

/** Condition of the event stream. */
export const stream = {
  get state() {
    return state;
  },
  get brokenSince() {
    return brokenSince;
  },
  retry: open,
};

/** Watches, each with whether it was told to load. */
const watches = new Map<Watch, boolean>();
let source: EventSource | undefined;
let sourceUrl = '';
let failures = 0;
let pause: ReturnType<typeof setTimeout> | undefined;

/** Begins to watch; the answer ends it. One stream serves all watches of the page. */
export function watch(wanted: Watch): () => void {
  watches.set(wanted, false);
  setTimeout(follow);
  const impatient = setTimeout(() => {
    if (watches.get(wanted) === false) tellFresh(wanted);
  }, PATIENCE_MS);
  return () => {
    clearTimeout(impatient);
    watches.delete(wanted);
    setTimeout(follow);
  };
}

/** Makes the stream fit the watches. */
function follow() {
  if (watches.size === 0) close();
  else if (urlOfWatches() !== sourceUrl) open();
  else if (state === 'live') {
    for (const [wanted, told] of watches) if (!told) tellFresh(wanted);
  }
}

/** The same for all pages that show no readings, so that going about does not open it again. */
function urlOfWatches(): string {
  const subjects = [...new Set([...watches.keys()].flatMap((wanted) => wanted.readingsOf ?? []))].sort();
  const query = new URLSearchParams({ kinds: [...KINDS, ...(subjects.length ? ['reading'] : [])].join() });
  if (subjects.length) query.set('readings_of', subjects.slice(0, MOST_SUBJECTS).join());
  return `/api/v1/events?${query}`;
}

function open() {
  close();
  sourceUrl = urlOfWatches();
  const opened = (source = new EventSource(sourceUrl));
  opened.onopen = () => {
    failures = 0;
    state = 'live';
    tellAllFresh();
  };
  opened.onerror = lost;
  opened.addEventListener('gap', tellAllFresh);
  for (const kind of KINDS) {
    opened.addEventListener(kind, (event) => pass(kind, JSON.parse(event.data as string)));
  }
  opened.addEventListener('reading', (event) => gather(JSON.parse(event.data as string) as Reading));
}

function close() {
  clearTimeout(pause);
  source?.close();
  source = undefined;
  sourceUrl = '';
}

/**
 * The browser's own reconnection has no backoff and gives up on an error answer, so each attempt is
 * a new stream of ours.
 */
function lost() {
  if (state !== 'broken') brokenSince = Date.now();
  state = 'broken';
  clearTimeout(pause);
  source?.close();
  const longest = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures++);
  pause = setTimeout(open, longest * (0.5 + Math.random() / 2));
  // An expired sign-in looks like any other error here.
  recognise().catch(() => undefined);
}

function tellAllFresh() {
  for (const wanted of watches.keys()) tellFresh(wanted);
}

function tellFresh(wanted: Watch) {
  watches.set(wanted, true);
  wanted.fresh();
}

function pass<K extends Kind>(kind: K, event: Events[K]) {
  for (const wanted of watches.keys()) wanted.on?.[kind]?.(event);
}

/** Readings that wait for the next frame: hundreds a second must not render the page as often. */
const gathered = new Map<string, Reading>();

function gather(reading: Reading) {
  if (gathered.size === 0) setTimeout(hand, FRAME_MS);
  gathered.set(reading.data_point_id, reading);
}

function hand() {
  const readings = [...gathered.values()];
  gathered.clear();
  for (const wanted of watches.keys()) wanted.readings?.(readings);
}

addEventListener('online', () => {
  if (state === 'broken') open();
});
addEventListener('offline', () => {
  if (source) lost();
});
