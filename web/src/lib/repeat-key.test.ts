import { expect, test } from 'vitest';
import { NO_ANSWER, Problem } from './api/problem';
import { RepeatKey } from './repeat-key';

const lost = new Problem(0, NO_ANSWER, 'The gateway does not answer');
const refused = new Problem(409, 'conflict', 'Another has this name');

test('only the same request after a lost answer keeps its key', () => {
  const keys = new RepeatKey();
  const first = keys.next({ name: 'a' }, undefined);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(keys.next({ name: 'a' }, lost)).toBe(first);
  const other = keys.next({ name: 'b' }, lost);
  expect(other).not.toBe(first);
  expect(keys.next({ name: 'b' }, refused)).not.toBe(other);
  expect(keys.next({ name: 'b' }, undefined)).not.toBe(other);
});
