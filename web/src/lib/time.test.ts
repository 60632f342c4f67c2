import { expect, test } from 'vitest';
import { isTimeZone, timestampIn, zoneWord } from './time';

const at = '2026-11-22T23:30:05Z';

test.each([
  ['UTC', '2026-11-22 23:30:05'],
  ['Europe/Berlin', '2026-11-23 00:30:05'],
  ['America/New_York', '2026-11-22 18:30:05'],
])('in %s it is %s', (zone, text) => expect(timestampIn(zone, at)).toBe(text));

test('a zone that the browser does not know is read as that of this computer', () => {
  expect(timestampIn('Mars/Olympus', at)).toBe(timestampIn(undefined, at));
  expect(isTimeZone('Mars/Olympus')).toBe(false);
  expect(isTimeZone('Europe/Berlin')).toBe(true);
});

test('a zone has a short word', () => expect(zoneWord('UTC', at)).toBe('UTC'));
