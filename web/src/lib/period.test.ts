import { expect, test } from 'vitest';
import { localInput, sinceOf, timeOfInput } from './period';

const now = Date.parse('2026-11-22T12:00:00Z');

test.each([
  ['1h', '2026-11-22T11:00:00.000Z'],
  ['7d', '2026-11-15T12:00:00.000Z'],
  ['2026-11-20T08:30:00Z', '2026-11-20T08:30:00.000Z'],
  ['yesterday', undefined],
  ['', undefined],
  [null, undefined],
])('a period "%s" begins at %s', (period, since) => expect(sinceOf(period, now)).toBe(since));

test.each([
  [undefined, '2026-07-01T08:30:00.000Z'],
  ['UTC', '2026-07-01T08:30:00.000Z'],
  ['Europe/Berlin', '2026-07-01T08:30:00.000Z'],
  // An hour before and after the clocks go forward, and after they went back.
  ['Europe/Berlin', '2026-03-29T00:30:00.000Z'],
  ['Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['America/New_York', '2026-11-01T07:30:00.000Z'],
])('what an input shows in the zone %s is the same point in time, %s', (zone, at) =>
  expect(timeOfInput(localInput(at, zone), zone)).toBe(at),
);

test('an input shows the time of its zone, and nothing for nothing', () => {
  expect(localInput('2026-07-01T08:30:00.000Z', 'Europe/Berlin')).toBe('2026-07-01T10:30');
  expect(localInput(undefined)).toBe('');
  expect(timeOfInput('')).toBe('');
});
