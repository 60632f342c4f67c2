import { expect, test } from 'vitest';
import { fits, parted, qualityFilter } from './filter';

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

const shown = (text: string, q: string) =>
  parted(text, q)
    .map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join('');

test.each([
  ['nvoTemp', 'temp', 'nvo[Temp]'],
  ['TempTemp', 'temp', '[Temp][Temp]'],
  ['nvoTemp', '', 'nvoTemp'],
  ['nvoTemp', 'lux', 'nvoTemp'],
  ['', 'x', ''],
  ['İzmir temp', 'temp', 'İzmir temp'],
])('in "%s" the search "%s" is marked', (text, q, marked) => expect(shown(text, q)).toBe(marked));
