import { expect, test, vi } from 'vitest';
import type { Happening } from '../../lib/activity/story';
import type { ActivityItem } from '../../lib/api/types';
import { byDay, dayWords } from './days';
import { activityFilter, textsOf, toggled } from './filter';

const now = new Date(2026, 10, 22, 12).getTime();
const item = (id: number, at: number) =>
  [{ id, at: new Date(at).toISOString() } as ActivityItem] as Happening;

test('what happened is told by days', () => {
  const hour = 3_600_000;
  const days = byDay([item(3, now), item(2, now - 2 * hour), item(1, now - 20 * hour)]);
  expect(days.map(({ date, happenings }) => [date, happenings.map(([first]) => first.id)])).toEqual([
    ['2026-11-22', [3, 2]],
    ['2026-11-21', [1]],
  ]);
  expect(dayWords('2026-11-22', now)).toBe('Today');
  expect(dayWords('2026-11-21', now)).toBe('Yesterday');
  expect(dayWords('2026-11-20', now)).toMatch(/^Friday,? 20 November 2026$/);
});

test('the day before is the day before where the clocks change', async () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  vi.resetModules();
  const there = await import('./days');
  // 25 October 2026 has 25 hours there: 24 hours before its end it is still the same day.
  const late = Date.parse('2026-10-25T22:30:00Z');
  expect(there.dayWords('2026-10-25', late)).toBe('Today');
  expect(there.dayWords('2026-10-24', late)).toBe('Yesterday');
  vi.unstubAllEnvs();
});

test('the address says what is shown, and nothing that the gateway would refuse', () => {
  const texts = textsOf(new URLSearchParams('kinds=alarm,noise&site=Town+hall&until=2026-11-20T08:00:00Z'));
  expect(activityFilter(texts, now)).toEqual({
    kinds: 'alarm',
    site: 'Town hall',
    until: '2026-11-20T08:00:00.000Z',
  });
});

test('kinds are chosen and dropped together', () => {
  expect(toggled('', 'health,restart')).toBe('health,restart');
  expect(toggled('alarm,health', 'health,restart')).toBe('alarm,health,restart');
  expect(toggled('alarm,health,restart', 'health,restart')).toBe('alarm');
});
