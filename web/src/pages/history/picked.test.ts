import { expect, test } from 'vitest';
import type { DataPoint, TypeInfo } from '../../lib/api/types';
import { chipsOf, linesOf, type Picked } from './picked';

const lamp = {
  type_info: {
    name: 'SNVT_switch',
    kind: 'structure',
    values: [],
    fields: ['value', 'state'].map((name) => ({ name, kind: 'number', values: [], fields: [] })),
  } as TypeInfo,
} as DataPoint;

const picked = (id: string, name: string, smartserver: string, point: DataPoint | null = null): Picked => ({
  id,
  name,
  smartserver,
  point,
});

test('a structure has a line for each part', () => {
  expect(linesOf(picked('a', 'Net/nviLamp', 's', lamp))).toEqual(['a~value', 'a~state']);
  expect(linesOf(picked('a', 'Net/gone', 's'))).toEqual(['a']);
});

test('chips have the colour of their first line, and say whose they are where that is needed', () => {
  const chips = chipsOf([
    picked('a', 'Net/nviLamp', 's1', lamp),
    picked('b', 'Net/nvoTemp', 's1'),
    picked('c', 'Net/nvoTemp', 's2'),
  ]);
  expect(chips.map(({ name, colour }) => [name, colour])).toEqual([
    ['nviLamp', 'var(--line-1)'],
    ['nvoTemp · s1', 'var(--line-3)'],
    ['nvoTemp · s2', 'var(--line-4)'],
  ]);
});
