import { describe, expect, test } from 'vitest';
import type { HistoryGap } from '../lib/api/types';
import { indexAt, traceOf, unknownSpans, type Recorded } from './trace';

const TIME = { from: 0, to: 1000 };
const reading = (at: number, value: number | null): Recorded => ({
  from: at,
  to: at,
  value,
  low: value,
  high: value,
  last: value,
});

/** The value that the line holds at a time. */
function held({ times, values }: ReturnType<typeof traceOf>, at: number) {
  return values[indexAt(times, at)] ?? null;
}

describe('single readings', () => {
  test('hold until the next, and the last until the end', () => {
    const trace = traceOf([reading(200, 1), reading(600, 2)], null, [], TIME);
    expect([100, 200, 599, 600, 999].map((at) => held(trace, at))).toEqual([null, 1, 1, 2, 2]);
    expect(trace.times.at(-1)).toBe(999);
  });

  test('are preceded by what held when the time began', () => {
    const trace = traceOf([reading(600, 2)], 7, [], TIME);
    expect(held(trace, 0)).toBe(7);
    expect(held(trace, 599)).toBe(7);
  });

  test('even when there is none in the time', () => {
    expect(traceOf([], 7, [], TIME)).toMatchObject({ times: [0, 999], values: [7, 7] });
    expect(traceOf([], null, [], TIME).values).toEqual([null, null]);
  });

  test('are not known in a gap, nor after it until the next', () => {
    const trace = traceOf([reading(100, 1), reading(800, 2)], null, [{ from: 300, to: 500 }], TIME);
    expect([299, 302, 600, 799, 800].map((at) => held(trace, at))).toEqual([1, null, null, null, 2]);
  });

  test('are not known when a gap was there as the time began', () => {
    const trace = traceOf([reading(800, 2)], 1, [{ from: -50, to: 200 }], TIME);
    expect([1, 300, 799, 800].map((at) => held(trace, at))).toEqual([null, null, null, 2]);
  });

  test('that are invalid break the line', () => {
    const trace = traceOf([reading(100, 1), reading(300, null), reading(600, 2)], null, [], TIME);
    expect([200, 400, 700].map((at) => held(trace, at))).toEqual([1, null, 2]);
  });
});

describe('buckets', () => {
  const bucket = (from: number, mean: number, last: number): Recorded => ({
    from,
    to: from + 100,
    value: mean,
    low: mean - 1,
    high: mean + 1,
    last,
  });

  test('that touch are joined by their means', () => {
    const { times, values, low, high } = traceOf([bucket(0, 5, 5), bucket(100, 7, 7)], null, [], {
      from: 0,
      to: 200,
    });
    expect(times).toEqual([50, 150]);
    expect([values, low, high]).toEqual([
      [5, 7],
      [4, 6],
      [6, 8],
    ]);
  });

  test('without a reading show the last one before them', () => {
    const trace = traceOf([bucket(0, 5, 6), bucket(500, 9, 9)], null, [], { from: 0, to: 600 });
    expect(trace.times).toEqual([50, 100, 499, 550]);
    expect(trace.values).toEqual([5, 6, 6, 9]);
  });
});

test('times always ascend', () => {
  const many = Array.from({ length: 200 }, (_, i) => reading(Math.floor(i / 2) * 3, i));
  const { times } = traceOf(many, 1, [{ from: 100, to: 101 }], TIME);
  expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0))).toBe(true);
});

test('gaps that were filled are none, and open ones go on', () => {
  const gap = (state: HistoryGap['state'], to: string | null): HistoryGap => ({
    from: '1970-01-01T00:00:01Z',
    to,
    reason: 'offline',
    state,
  });
  expect(unknownSpans([gap('filled', '1970-01-01T00:00:02Z'), gap('open', null)])).toEqual([
    { from: 1000, to: Infinity },
  ]);
});
