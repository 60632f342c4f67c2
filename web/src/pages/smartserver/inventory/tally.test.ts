import { expect, test } from 'vitest';
import { Tally, WHOLE } from './tally';

test('counts qualities below each branch, and follows their changes', () => {
  const tally = new Tally();
  tally.set('1', 'N/C/A/F/x', 'good');
  tally.set('2', 'N/C/A/F/y', 'stale');
  tally.set('3', 'N/C/B/F/x', 'good');
  expect(tally.countsOf('N/C/A')).toEqual({ good: 1, stale: 1 });
  expect(tally.countsOf(WHOLE)).toEqual({ good: 2, stale: 1 });

  expect(tally.set('2', 'N/C/A/F/y', 'good')).toEqual([WHOLE, 'N/C/A', 'N/C/A/F']);
  expect(tally.countsOf('N/C/A/F')).toEqual({ good: 2, stale: 0 });
  expect(tally.countsOf('N/C/B')).toEqual({ good: 1 });
  expect(tally.qualityOf('2')).toBe('good');
});

test('the same quality again changes nothing', () => {
  const tally = new Tally();
  tally.set('1', 'N/C/A/F/x', 'alarm');
  expect(tally.set('1', 'N/C/A/F/x', 'alarm')).toEqual([]);
  expect(tally.countsOf(WHOLE)).toEqual({ alarm: 1 });
});
