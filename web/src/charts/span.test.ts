import { describe, expect, test } from 'vitest';
import { chosen, lengthWords, rangeFrom, RANGES, resolutionFor, shifted, withRange, zoomed } from './span';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const from = (text: string) => rangeFrom(new URLSearchParams(text));

describe('the address', () => {
  test.each([
    ['', { last: 24 * HOUR }],
    ['range=7d', { last: 168 * HOUR }],
    ['range=90min', { last: 1.5 * HOUR }],
    ['range=0h', { last: 10_000 }],
    ['range=soon', { last: 24 * HOUR }],
    ['from=2026-11-22T00:00:00Z&to=2026-11-22T01:00:00Z', { from: NOW - 12 * HOUR, to: NOW - 11 * HOUR }],
    ['from=2026-11-22T01:00:00Z&to=2026-11-22T00:00:00Z', { last: 24 * HOUR }],
    ['from=2026-11-22T01:00:00Z', { last: 24 * HOUR }],
  ])('%s', (text, range) => expect(from(text)).toEqual(range));

  test('keeps its other parameters, and says nothing of the usual range', () => {
    const query = new URLSearchParams('points=a&range=7d');
    expect(withRange(query, { last: 24 * HOUR }).toString()).toBe('points=a');
    expect(withRange(query, { last: HOUR }).get('range')).toBe('1h');
    const fixed = { from: NOW - HOUR, to: NOW };
    expect(rangeFrom(withRange(query, fixed))).toEqual(fixed);
  });

  test('each button’s range comes back as it went', () => {
    for (const last of Object.values(RANGES))
      expect(rangeFrom(withRange(new URLSearchParams(), { last }))).toEqual({ last });
  });
});

describe('going about', () => {
  test('closer to now stays live', () => {
    expect(zoomed({ last: 2 * HOUR }, 0.5, NOW)).toEqual({ last: HOUR });
  });

  test('closer to a fixed time keeps its middle, wider never reaches past now', () => {
    expect(zoomed({ from: 0, to: 4 * HOUR }, 0.5, NOW)).toEqual({ from: HOUR, to: 3 * HOUR });
    expect(zoomed({ from: NOW - 2 * HOUR, to: NOW }, 2, NOW)).toEqual({ from: NOW - 4 * HOUR, to: NOW });
  });

  test('earlier leaves now, later comes back to it', () => {
    const earlier = shifted({ last: 2 * HOUR }, -0.5, NOW);
    expect(earlier).toEqual({ from: NOW - 3 * HOUR, to: NOW - HOUR });
    expect(shifted(earlier, 0.5, NOW)).toEqual({ last: 2 * HOUR });
  });

  test('what was drawn from right to left is the same', () => {
    expect(chosen(5 * HOUR, HOUR)).toEqual({ from: HOUR, to: 5 * HOUR });
  });
});

describe('the resolution', () => {
  test.each([
    [HOUR, 900, 10_000],
    [24 * HOUR, 900, 5 * 60_000],
    [720 * HOUR, 900, 2 * HOUR],
    [24 * HOUR, 300, 10 * 60_000],
  ])('of %d ms on %d px', (length, width, ms) => {
    expect(resolutionFor({ from: NOW - length, to: NOW }, width)).toBe(ms);
  });

  test('is never finer than the gateway takes', () => {
    const span = { from: 0, to: 3660 * 24 * HOUR };
    expect((span.to - span.from) / resolutionFor(span, 100_000)).toBeLessThanOrEqual(2000);
  });

  test.each([
    [1000, '1 s'],
    [900_000, '15 min'],
    [86_400_000, '1 day'],
    [604_800_000, '7 days'],
    [5_400_000, '1.5 h'],
  ])('%d ms in words', (ms, words) => expect(lengthWords(ms)).toBe(words));
});
