import { expect, test } from 'vitest';
import type { Fleet, SiteSummary } from '../../lib/api/types';
import { troubleWords, verdictOn, worstFirst } from './verdict';

const well = { online: 0, degraded: 0, offline: 0, never_seen: 0 };
const fleet = (health: Partial<Fleet['health']>, unacknowledged = 0, stale_data_points = 0) => {
  const counts = { ...well, ...health };
  const smartservers = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { smartservers, health: counts, alarms: { active: 9, unacknowledged }, stale_data_points } as Fleet;
};

test.each([
  [fleet({ online: 8 }), 'good', 'All 8 SmartServers are well'],
  [fleet({ online: 1 }), 'good', 'The SmartServer is well'],
  [fleet({ online: 7, offline: 1 }), 'bad', '1 of 8 SmartServers is offline'],
  [fleet({ online: 6, degraded: 2 }), 'warn', '2 of 8 SmartServers are degraded'],
  [fleet({ online: 7, never_seen: 1 }), 'quiet', '1 of 8 SmartServers was never seen'],
  [
    fleet({ online: 4980, offline: 14, degraded: 6 }),
    'bad',
    '20 of 5,000 SmartServers are not well: 14 offline, 6 degraded',
  ],
])('the verdict on a fleet', (of, tone, title) => expect(verdictOn(of)).toMatchObject({ tone, title }));

test('what waits for somebody is told, also where all SmartServers are well', () => {
  expect(verdictOn(fleet({ online: 8 })).text).toBe('No alarm waits to be acknowledged.');
  expect(verdictOn(fleet({ online: 8 }, 1, 3))).toMatchObject({
    tone: 'warn',
    text: '1 alarm waits to be acknowledged. 3 data points are stale.',
  });
});

test('trouble in words has nothing that is not there', () => {
  expect(troubleWords({ ...well, online: 4 })).toBe('');
  expect(troubleWords({ ...well, never_seen: 2, offline: 1 })).toBe('1 offline, 2 never seen');
});

test('the worst site comes first, and what stands nowhere last among equals', () => {
  const site = (name: string | null, health: Partial<Fleet['health']>, active_alarms = 0): SiteSummary => ({
    site: name,
    smartservers: 1,
    health: { ...well, ...health },
    active_alarms,
  });
  const sites = [
    site(null, {}),
    site('B', {}),
    site('A', {}),
    site('alarm', {}, 2),
    site('slow', { degraded: 1 }),
    site('gone', { offline: 1 }),
  ];
  expect(worstFirst(sites).map((summary) => summary.site)).toEqual(['gone', 'slow', 'alarm', 'A', 'B', null]);
});
