import { Problem, problemOf } from '../../lib/api/problem';
import type { TrafficMessage } from '../../lib/api/types';

/** A message as the list holds it, or a hole in it. */
export type Entry = { id: string; message: TrafficMessage } | { id: string; missed: number };

/** What the list shows; empty is all. */
export interface TrafficFilter {
  kind: string;
  direction: string;
  text: string;
}

const MOST = 500;
const FRAME_MS = 100;
const PAUSE_MS = 3000;

/** The messages of one SmartServer from now on, the latest first; the oldest go when there are many. */
export class Traffic {
  entries = $state.raw<Entry[]>([]);
  state = $state<'connecting' | 'live' | 'broken' | 'refused'>('connecting');
  problem = $state.raw<Problem>();
  paused = $state(false);
  /** What came while the list stood still. */
  waiting = $state(0);
  #arrived: Entry[] = [];
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #holes = 0;

  constructor(private readonly smartserver: string) {}

  /** Listens until the answer is called. */
  listen(): () => void {
    this.#open();
    return () => {
      clearTimeout(this.#timer);
      this.#source?.close();
      this.#source = undefined;
    };
  }

  pause = (paused: boolean) => {
    this.paused = paused;
    if (!paused) this.#hand();
  };

  clear = () => {
    this.entries = [];
    this.#arrived = [];
    this.waiting = 0;
  };

  get #url() {
    return `/api/v1/smartservers/${encodeURIComponent(this.smartserver)}/traffic`;
  }

  #open() {
    this.state = 'connecting';
    const source = (this.#source = new EventSource(this.#url));
    source.onopen = () => {
      this.state = 'live';
      this.problem = undefined;
    };
    source.onerror = () => void this.#lost(source);
    source.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data as string) as TrafficMessage;
      this.#take({ id: message.id, message });
    });
    source.addEventListener('gap', ({ data }) => {
      const { missed } = JSON.parse(data as string) as { missed: number };
      this.#take({ id: `gap ${++this.#holes}`, missed });
    });
  }

  /** A stream that is refused says nothing but "error", so the reason is asked for. */
  async #lost(source: EventSource) {
    source.close();
    this.state = 'broken';
    const stop = new AbortController();
    const response = await fetch(this.#url, { signal: stop.signal }).catch(() => undefined);
    if (response && !response.ok) {
      this.problem = problemOf(response, await response.json().catch(() => undefined));
      this.state = 'refused';
    }
    stop.abort();
    if (source === this.#source) this.#timer = setTimeout(() => this.#open(), PAUSE_MS);
  }

  #take(entry: Entry) {
    if (this.#arrived.length === 0 && !this.paused) setTimeout(this.#hand, FRAME_MS);
    this.#arrived = [entry, ...this.#arrived].slice(0, MOST);
    if (this.paused) this.waiting = this.#arrived.length;
  }

  #hand = () => {
    if (this.paused) return;
    this.entries = [...this.#arrived, ...this.entries].slice(0, MOST);
    this.#arrived = [];
    this.waiting = 0;
  };
}

export function shownOf(entries: Entry[], { kind, direction, text }: TrafficFilter): Entry[] {
  const wanted = text.trim().toLowerCase();
  return entries.filter((entry) => {
    if ('missed' in entry) return true;
    const { message } = entry;
    if (kind && message.kind !== kind) return false;
    if (direction && message.direction !== direction) return false;
    return !wanted || `${message.operation ?? ''} ${message.text ?? ''}`.toLowerCase().includes(wanted);
  });
}
