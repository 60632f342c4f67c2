import { expect, test } from 'vitest';
import type { TypeInfo } from './api/types';
import { leavesOf, partAt, valueFrom } from './leaves';

const number = (name: string) => ({ name, kind: 'number', values: [], fields: [] });
const type = {
  name: 'SNVT_x',
  kind: 'structure',
  values: [],
  fields: [
    { name: 'start', kind: 'structure', values: [], fields: [number('hour'), number('minute')] },
    { name: 'location', kind: 'array', count: 2, maximum: 255, values: [], fields: [] },
    { name: 'note', kind: 'text', values: [], fields: [] },
  ],
} as unknown as TypeInfo;
const value = { start: { hour: 6, minute: 30 }, location: [1, 2], note: 'a  b' };

test('a type has its parts in order, named by their paths', () => {
  const names = leavesOf(type).map((leaf) => [leaf.name, leaf.kind]);
  expect(names).toEqual([
    ['start.hour', 'number'],
    ['start.minute', 'number'],
    ['location[0]', 'number'],
    ['location[1]', 'number'],
    ['note', 'text'],
  ]);
  expect(leavesOf(type)[2]).toMatchObject({ maximum: 255 });
});

test('a type that is a part itself has no name', () => {
  expect(leavesOf(number('SNVT_temp') as unknown as TypeInfo).map((leaf) => leaf.name)).toEqual(['']);
});

test('a value is taken apart and put together', () => {
  expect(valueFrom(type, (path) => partAt(value, path))).toEqual(value);
  expect(partAt(21.5, '')).toBe(21.5);
});

test('what is not there is undefined', () => {
  expect(partAt(null, 'start.hour')).toBeUndefined();
  expect(partAt('text', 'start.hour')).toBeUndefined();
});
