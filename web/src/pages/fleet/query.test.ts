import { expect, test } from 'vitest';
import { addressOf, EVERYTHING, isNarrowed, listFilter, readQuery } from './query';

const read = (search: string) => readQuery(new URLSearchParams(search));

test('what the address says comes back as it was', () => {
  const address =
    '/smartservers?q=town&health=offline%2Cdegraded&site=Town+hall&tag=hvac%2Croof&sort=alarms&order=desc';
  const query = read(address.slice(address.indexOf('?')));
  expect(query).toEqual({
    ...EVERYTHING,
    q: 'town',
    health: ['offline', 'degraded'],
    site: 'Town hall',
    tags: ['hvac', 'roof'],
    sort: 'alarms',
    order: 'desc',
  });
  expect(addressOf(query)).toBe(address);
});

test('what is said wrongly counts as not said', () => {
  expect(read('?health=offline,ill,,offline&sort=luck&order=up&tag=,')).toEqual({
    ...EVERYTHING,
    health: ['offline'],
  });
});

test('what is usual does not stand in the address, and is asked of the gateway', () => {
  expect(addressOf(EVERYTHING)).toBe('/smartservers');
  expect(listFilter(EVERYTHING)).toMatchObject({
    sort: 'name',
    order: 'asc',
    q: undefined,
    health: undefined,
  });
});

test('an order narrows nothing, a filter does', () => {
  expect(isNarrowed(read('?sort=health&order=desc'))).toBe(false);
  expect(isNarrowed(read('?sort=health&site=Town+hall'))).toBe(true);
});
