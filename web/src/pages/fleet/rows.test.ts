import { expect, test } from 'vitest';
import type { HealthState, SmartServer } from '../../lib/api/types';
import { extended, isInOrder, refreshed, withHealth } from './rows';

const row = (id: string, state: HealthState = 'online', queued = 0) =>
  ({ id, health: { state, reason: '', queued, failures_in_a_row: 0 } }) as SmartServer;
const ids = (rows: SmartServer[]) => rows.map(({ id }) => id).join('');

test('fresh values come into the rows where they stand, and who has left stays', () => {
  const rows = refreshed([row('a'), row('b'), row('c')], [row('c', 'online', 7), row('a'), row('d')]);
  expect(ids(rows)).toBe('abc');
  expect(rows[2]?.health.queued).toBe(7);
});

test('another order, a newcomer and a leaver are noticed', () => {
  const rows = [row('a'), row('b')];
  expect(isInOrder(rows, [row('a'), row('b')], 'name')).toBe(true);
  expect(isInOrder(rows, [row('b'), row('a')], 'name')).toBe(false);
  expect(isInOrder(rows, [row('a'), row('c')], 'name')).toBe(false);
  expect(isInOrder(rows, [row('a'), row('b'), row('c')], 'name')).toBe(false);
});

test('by health, only a state out of place counts', () => {
  const rows = [row('a', 'offline'), row('b'), row('c')];
  expect(isInOrder(rows, [row('a', 'offline'), row('c'), row('b')], 'health')).toBe(true);
  expect(isInOrder(rows, [row('c', 'offline'), row('a'), row('b')], 'health')).toBe(true);
  const ill = refreshed(rows, [row('c', 'offline'), row('a', 'offline'), row('b')]);
  expect(isInOrder(ill, [row('c', 'offline'), row('a', 'offline'), row('b')], 'health')).toBe(false);
  expect(isInOrder(rows, [row('a', 'offline'), row('b'), row('d')], 'health')).toBe(false);
});

test('more rows are appended, none twice', () => {
  expect(ids(extended([row('b'), row('a')], [row('a'), row('b'), row('c')]))).toBe('bac');
});

test('a health event touches its row alone', () => {
  const rows = [row('a'), row('b')];
  const changed = withHealth(rows, new Map([['b', { state: 'offline', reason: 'away' }]]));
  expect(changed[0]).toBe(rows[0]);
  expect(changed[1]?.health).toMatchObject({ state: 'offline', reason: 'away', queued: 0 });
  expect(withHealth(rows, new Map([['z', { state: 'offline', reason: '' }]]))).toBe(rows);
});
