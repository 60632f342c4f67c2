import { expect, test } from 'vitest';
import type { Check } from '../../../lib/api/types';
import { heightOf, linesOf, scaleOf, summaryOf } from './round-trips';

const check = (round_trip_ms: number, result: Check['result'] = 'ok'): Check => ({
  at: '2026-11-22T21:00:00.000Z',
  result,
  round_trip_ms,
});

test('the scale holds the fastest and the slowest call', () => {
  const scale = scaleOf([check(8), check(30_000, 'failed')]);
  expect(scale).toEqual({ low: 0, high: 5 });
  expect(heightOf(1, scale)).toBe(0);
  expect(heightOf(100_000, scale)).toBe(1);
  expect(heightOf(0, scale)).toBe(0);
});

test('calls that are all alike still get a scale', () => {
  expect(scaleOf([check(50)])).toEqual({ low: 1, high: 3 });
  expect(scaleOf([])).toEqual({ low: 0, high: 3 });
  expect(linesOf({ low: 1, high: 3 }).map(({ word }) => word)).toEqual(['10 ms', '100 ms', '1 s']);
});

test('the summary says what the chart shows', () => {
  expect(summaryOf([])).toBe('No call yet since the gateway started.');
  expect(summaryOf([check(8), check(6000, 'slow'), check(10_000, 'failed')])).toBe(
    '2 of the last 3 calls answered, 1 of them slowly, the slowest after 6.0 s.',
  );
  expect(summaryOf([check(6000, 'slow'), check(7000, 'slow')])).toBe(
    'All of the last 2 calls answered, all slowly, the slowest after 7.0 s.',
  );
  expect(summaryOf([check(3, 'failed')])).toBe('The last call was not answered.');
});
