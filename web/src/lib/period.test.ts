import { expect, test } from 'vitest';
import { localInput, sinceOf } from './period';

const now = Date.parse('2026-11-22T12:00:00Z');

test.each([
  ['1h', '2026-11-22T11:00:00.000Z'],
  ['7d', '2026-11-15T12:00:00.000Z'],
  ['2026-11-20T08:30:00Z', '2026-11-20T08:30:00.000Z'],
  ['yesterday', undefined],
  ['', undefined],
  [null, undefined],
])('a period "%s" begins at %s', (period, since) => expect(sinceOf(period, now)).toBe(since));

test('what an input shows is the same point in time', () => {
  const shown = localInput('2026-07-01T08:30:00.000Z');
  expect(new Date(shown).toISOString()).toBe('2026-07-01T08:30:00.000Z');
  expect(localInput(undefined)).toBe('');
});
