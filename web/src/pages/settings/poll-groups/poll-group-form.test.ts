import { expect, test } from 'vitest';
import { Problem } from '../../../lib/api/problem';
import type { PollGroup } from '../../../lib/api/types';
import { draftOf, groupOf, mistakesIn, mistakesOf, newGroupOf, selectionInWords } from './poll-group-form';

const group = {
  id: '1',
  name: 'Meters',
  enabled: false,
  interval_ms: 90_000,
  max_age_ms: 5000,
  items: null,
  selection: { tag: 'metering', type: 'SNVT_power' },
  history: { record: 'change', deadband: 0.5, min_interval_ms: 1500, retention_days: 30, backfill: false },
} as unknown as PollGroup;

const good = { ...draftOf(undefined), name: 'All' };

test('a group that is changed in nothing stays the same', () => {
  const { selection, ...rest } = newGroupOf(draftOf(group), group);
  expect({ ...rest, items: null }).toEqual({ ...groupOf(group), selection: undefined });
  expect(selection).toEqual({ tag: 'metering', type: 'SNVT_power', site: null, prefix: null, q: null });
});

test('a list of data points is not lost by the form', () => {
  const listed = { ...group, selection: null, items: [{ smartserver: 'a', name: 'b' }] } as PollGroup;
  expect(newGroupOf(draftOf(listed), listed)).toMatchObject({ items: listed.items });
  expect(newGroupOf(draftOf(listed), listed).selection).toBeUndefined();
});

test.each([
  ['name', { name: ' ' }],
  ['intervalS', { intervalS: '0.5' }],
  ['intervalS', { intervalS: '' }],
  ['intervalS', { intervalS: 'often' }],
  ['polls', { polls: false, remembers: false }],
  ['deadband', { deadband: '-1' }],
  ['minIntervalS', { minIntervalS: '' }],
  ['retentionDays', { retentionDays: '1.5' }],
  ['retentionDays', { retentionDays: '4000' }],
])('%s is named when it is %j', (field, change) =>
  expect(Object.keys(mistakesOf({ ...good, ...change }))).toEqual([field]),
);

test('what is not remembered or polled needs no figures', () => {
  expect(mistakesOf({ ...good, remembers: false, deadband: 'x' })).toEqual({});
  expect(mistakesOf({ ...good, polls: false, intervalS: '' })).toEqual({});
});

test('a selection is said in words', () => {
  expect(selectionInWords(group)).toBe('Data points of SmartServers tagged “metering”, of type SNVT_power');
  expect(selectionInWords({ selection: {} } as PollGroup)).toBe('Every data point of the fleet');
  expect(selectionInWords({ selection: { smartservers: ['a', 'b', 'c', 'd'] } } as PollGroup)).toBe(
    'Data points of 4 SmartServers',
  );
});

test('what the gateway complains of stands at its field', () => {
  const told = (code: string, detail: string) => mistakesIn(new Problem(422, code, 'No', detail));
  expect(told('request_invalid', 'selection.smartservers: the SmartServer x is not registered')).toEqual({
    smartservers: 'The SmartServer x is not registered',
  });
  expect(told('conflict', 'another poll group has this name')).toEqual({
    name: 'Another poll group has this name',
  });
  expect(told('internal', 'name: oh')).toEqual({});
});
