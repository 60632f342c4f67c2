import { answer as answerOf, api } from '../../lib/api/client';
import { asProblem, inWords, type Problem } from '../../lib/api/problem';
import type { ConsoleAnswer } from '../../lib/api/types';
import { caller } from '../../lib/caller.svelte';
import { operationOf } from './xml';

/** A message that was sent, and what came of it. */
export interface Exchange {
  id: number;
  at: number;
  operation: string;
  xml: string;
  answer?: ConsoleAnswer;
  problem?: Problem;
}

/** A line of the chat. */
export interface Line {
  id: number;
  at: number;
  mine: boolean;
  text: string;
  tookMs?: number;
  failed?: boolean;
}

const MOST_EXCHANGES = 20;
const MOST_LINES = 200;
const MOST_DESKS = 8;

/** What lies on the desk for one SmartServer. It waits there while other pages are looked at. */
export class Desk {
  template = $state('');
  /** Name that templates speak of. */
  point = $state('');
  xml = $state('');
  /** As a template or an earlier message left it: anything else was typed. */
  untouched = $state('');
  sending = $state(false);
  /** The exchange on show. */
  shown = $state.raw<Exchange>();
  /** The latest first. */
  sent = $state.raw<Exchange[]>([]);
  said = $state('');
  asking = $state(false);
  lines = $state.raw<Line[]>([]);
  #last = 0;

  constructor(private readonly smartserver: string) {}

  /** Puts a message on the desk; the answer puts back what lay there, if that was typed by hand. */
  lay(xml: string): (() => void) | undefined {
    const before = this.xml;
    const typed = before.trim() !== '' && before !== this.untouched && before !== xml;
    this.xml = this.untouched = xml;
    return typed ? () => void (this.xml = before) : undefined;
  }

  async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    const xml = this.xml;
    const exchange: Exchange = { id: ++this.#last, at: Date.now(), operation: operationOf(xml), xml };
    try {
      exchange.answer = await answerOf(
        api.POST('/api/v1/smartservers/{key}/soap', {
          params: { path: { key: this.smartserver } },
          headers: { 'Content-Type': 'text/xml' },
          body: xml,
          bodySerializer: (text) => text,
        }),
      );
    } catch (cause) {
      exchange.problem = asProblem(cause);
    } finally {
      this.sending = false;
    }
    this.shown = exchange;
    this.sent = [exchange, ...this.sent].slice(0, MOST_EXCHANGES);
  }

  async say(): Promise<void> {
    const text = this.said.trim();
    if (!text || this.asking) return;
    this.asking = true;
    this.said = '';
    this.#add({ mine: true, text });
    try {
      const params = { path: { key: this.smartserver } };
      const reply = await answerOf(
        api.POST('/api/v1/smartservers/{key}/messages', { params, body: { text } }),
      );
      this.#add({ mine: false, text: reply.text, tookMs: reply.round_trip_ms });
    } catch (cause) {
      const { what, detail, advice } = inWords(asProblem(cause));
      this.#add({ mine: false, text: [what, detail, advice].filter(Boolean).join('. '), failed: true });
    } finally {
      this.asking = false;
    }
  }

  #add(line: Omit<Line, 'id' | 'at'>) {
    this.lines = [...this.lines, { id: ++this.#last, at: Date.now(), ...line }].slice(-MOST_LINES);
  }
}

const desks = new Map<string, Desk>();
let owner = '';

/** The desk for a SmartServer, by its id; who signs in next finds empty ones. */
export function deskOf(smartserver: string): Desk {
  if (caller.name !== owner) desks.clear();
  owner = caller.name;
  const desk = desks.get(smartserver) ?? new Desk(smartserver);
  desks.delete(smartserver);
  desks.set(smartserver, desk);
  const [oldest] = desks.keys();
  if (desks.size > MOST_DESKS && oldest !== undefined) desks.delete(oldest);
  return desk;
}
