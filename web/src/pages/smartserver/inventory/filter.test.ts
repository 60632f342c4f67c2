import { expect, test } from 'vitest';
import { fits, parted, partedEnd, qualityFilter, type Part } from './filter';

test('an unknown quality in the address filters nothing', () => {
  expect(qualityFilter('stale')).toBe('stale');
  expect(qualityFilter('wrong')).toBe('wrong');
  expect(qualityFilter('lovely')).toBe('');
  expect(qualityFilter(null)).toBe('');
});

test('wrong is all that somebody should look at', () => {
  expect(fits('wrong', 'stale')).toBe(true);
  expect(fits('wrong', 'good')).toBe(false);
  expect(fits('wrong', 'never_read')).toBe(false);
  expect(fits('good', 'good')).toBe(true);
  expect(fits('', 'alarm')).toBe(true);
});

const shown = (parts: Part[]) => parts.map(({ text, hit }) => (hit ? `[${text}]` : text)).join('');

test.each([
  ['nvoTemp', 'temp', 'nvo[Temp]'],
  ['TempTemp', 'temp', '[Temp][Temp]'],
  ['nvoTemp', '', 'nvoTemp'],
  ['nvoTemp', 'lux', 'nvoTemp'],
  ['', 'x', ''],
  ['İzmir temp', 'temp', 'İzmir temp'],
])('in "%s" the search "%s" is marked', (text, q, marked) => expect(shown(parted(text, q))).toBe(marked));

test.each([
  ['N/C/AHU 1/Fan[0]', 'Fan[0]', 'ahu 1/fan', '[Fan][0]'],
  ['N/C/AHU 1/Fan[0]', 'Fan[0]', 'ahu', 'Fan[0]'],
  ['N/C/AHU 1', 'AHU 1', 'AHU 1/', 'AHU 1'],
  ['', 'no device', 'dev', 'no [dev]ice'],
])('at the end of "%s" the part "%s" of the search "%s" is marked', (path, label, q, marked) =>
  expect(shown(partedEnd(path, label, q))).toBe(marked),
);
