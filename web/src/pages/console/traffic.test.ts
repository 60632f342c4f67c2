import { expect, test } from 'vitest';
import type { TrafficMessage } from '../../lib/api/types';
import { shownOf, type Entry } from './traffic.svelte';

const entry = (id: string, some: Partial<TrafficMessage>): Entry => ({
  id,
  message: { id, ...some } as TrafficMessage,
});
const entries: Entry[] = [
  entry('a', { kind: 'soap', direction: 'sent', operation: 'Read', text: '<Read>Net/A</Read>' }),
  entry('b', { kind: 'soap', direction: 'received', operation: 'Read', text: null }),
  { id: 'gap', missed: 3 },
  entry('c', { kind: 'push', direction: 'received', operation: 'Write', text: '<Write>Net/A</Write>' }),
];
const all = { kind: '', direction: '', text: '' };
const shown = (filter: object) => shownOf(entries, { ...all, ...filter }).map(({ id }) => id);

test('holes are always told', () => {
  expect(shown({})).toEqual(['a', 'b', 'gap', 'c']);
  expect(shown({ text: 'nothing has this' })).toEqual(['gap']);
});

test('messages are chosen by kind, direction and text, in any case', () => {
  expect(shown({ kind: 'push' })).toEqual(['gap', 'c']);
  expect(shown({ direction: 'sent' })).toEqual(['a', 'gap']);
  expect(shown({ text: 'net/a' })).toEqual(['a', 'gap', 'c']);
  expect(shown({ text: 'read', direction: 'received' })).toEqual(['b', 'gap']);
});
