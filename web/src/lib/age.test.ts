import { expect, test } from 'vitest';
import { span, took } from './age';

test.each([
  [-50, '0 s'],
  [999, '0 s'],
  [99_999, '99 s'],
  [100_000, '1 min'],
  [5_999_000, '99 min'],
  [6_000_000, '1 h'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000, '2 d'],
])('%d ms is %s old', (ms, words) => expect(span(ms)).toBe(words));

test.each([
  [0.42, '0.4 ms'],
  [9.96, '10 ms'],
  [84.4, '84 ms'],
  [4210, '4.2 s'],
  [125_000, '2 min'],
])('%d ms of work took %s', (ms, words) => expect(took(ms)).toBe(words));
