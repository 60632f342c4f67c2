import { expect, test } from 'vitest';
import { filterOf, isNarrowed, listQuery } from './filter';

const now = Date.parse('2026-11-22T12:00:00Z');
const filter = (query: string) => filterOf(new URLSearchParams(query));

test('without a word in the address the active alarms are shown', () => {
  expect(listQuery(filter(''), now)).toEqual({ state: 'active' });
  expect(isNarrowed(filter(''))).toBe(false);
});

test('the address says what is shown', () => {
  const query = 'state=all&acknowledged=false&site=Town+hall&smartserver=k1&since=24h&q=+air+';
  expect(listQuery(filter(query), now)).toEqual({
    acknowledged: false,
    site: 'Town hall',
    smartserver: 'k1',
    since: '2026-11-21T12:00:00.000Z',
    q: 'air',
  });
  expect(isNarrowed(filter('tag=roof'))).toBe(true);
});

test('what the gateway would refuse is left out', () => {
  expect(listQuery(filter('state=loud&acknowledged=maybe&since=then'), now)).toEqual({ state: 'active' });
});
