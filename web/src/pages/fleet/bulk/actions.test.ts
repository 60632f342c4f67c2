import { expect, test } from 'vitest';
import type { SmartServer } from '../../../lib/api/types';
import { ping, resite, retag, sync, tagChange } from './actions';

const unit = (id: string, more: Partial<SmartServer> = {}) =>
  ({
    id,
    tags: [],
    site: null,
    data_points: 0,
    health: { state: 'online' },
    ...more,
  }) as unknown as SmartServer;
const offline = { health: { state: 'offline' } } as Partial<SmartServer>;
const ids = (items: SmartServer[]) => items.map(({ id }) => id).join('');

test('reading inventories counts messages by data points and leaves out who is offline', () => {
  const targets = [unit('a', { data_points: 250 }), unit('b', { ...offline, data_points: 900 }), unit('c')];
  const plan = sync(true).plan(targets);
  expect([ids(plan.touched), ids(plan.skipped), plan.messages]).toEqual(['ac', 'b', 2 + 2 * 3 + 2]);
  expect(ping(false).plan(targets)).toMatchObject({ messages: 9, skipped: [] });
});

test('only tags that are missing are added, only those that are there removed', () => {
  expect(tagChange({ tags: ['hvac', 'old'] }, ['hvac', 'roof'], ['old', 'never'])).toEqual({
    gained: ['roof'],
    lost: ['old'],
  });
  expect(tagChange({ tags: ['hvac'] }, ['hvac'], ['hvac', 'never'])).toBeUndefined();
});

test('who is as wanted already is skipped', () => {
  const targets = [unit('a', { tags: ['roof'], site: 'Mill' }), unit('b')];
  expect(ids(retag(['roof'], []).plan(targets).touched)).toBe('b');
  expect(ids(resite('Mill').plan(targets).touched)).toBe('b');
  expect(ids(resite(null).plan(targets).touched)).toBe('a');
});
