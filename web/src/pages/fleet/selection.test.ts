import { expect, test } from 'vitest';
import type { SmartServer } from '../../lib/api/types';
import { Selection } from './selection.svelte';

const rows = [...'abcdef'].map(
  (id) => ({ id, health: { state: 'online', reason: '', queued: 0, failures_in_a_row: 0 } }) as SmartServer,
);
const at = (id: string) => rows.find((row) => row.id === id) as SmartServer;
const chosen = (selection: Selection) =>
  selection.all
    .map(({ id }) => id)
    .sort()
    .join('');

test('a range reaches from the last one touched, in both directions, and drops as it chooses', () => {
  const selection = new Selection();
  selection.toggle(at('e'), rows);
  selection.toggle(at('b'), rows, true);
  expect(chosen(selection)).toBe('bcde');
  selection.toggle(at('d'), rows, true);
  expect(chosen(selection)).toBe('e');
});

test('a range whose begin is not on show is the one alone', () => {
  const selection = new Selection();
  selection.toggle(at('a'), rows);
  selection.toggle(at('d'), rows.slice(2), true);
  expect(chosen(selection)).toBe('ad');
});

test('what is chosen learns its health, and nothing else is taken in', () => {
  const selection = new Selection();
  selection.choose([at('a'), at('b')]);
  const offline = { state: 'offline', reason: 'away' } as const;
  selection.takeHealth(
    new Map([
      ['b', offline],
      ['c', offline],
    ]),
  );
  expect(selection.all.map(({ health }) => health.state)).toEqual(['online', 'offline']);
});
