import { expect, test } from 'vitest';
import type { DataLogger } from '../../../lib/api/types';
import { changeOf, draftOf } from './change';
import { isMoving, lengthOf, rangeMistake } from './gap-words';

const logger: DataLogger = {
  name: 'Net/LON/iLON App/Data Logger[0]',
  hidden: false,
  logged: [],
  points: [],
  log_type: 'LT_CIRCULAR',
  log_format: 'LF_TEXT',
  size_kb: 200,
  level_alarm_percent: 90,
};

test('only what differs is changed', () => {
  const draft = draftOf(logger);
  expect(changeOf(draft, logger).change).toBeUndefined();
  expect(changeOf({ ...draft, size_kb: '250', description: 'Boilers' }, logger).change).toEqual({
    size_kb: 250,
    description: 'Boilers',
  });
});

test('figures that cannot be are mistakes, and nothing is changed then', () => {
  const draft = { ...draftOf(logger), level_alarm_percent: '120', size_kb: 'x' };
  const { mistakes, change } = changeOf(draft, logger);
  expect(Object.keys(mistakes)).toEqual(['size_kb', 'level_alarm_percent']);
  expect(change).toBeUndefined();
});

test('a gap that was asked for moves until it is through', () => {
  expect(isMoving({ state: 'open', reason: 'asked' })).toBe(true);
  expect(isMoving({ state: 'open', reason: 'offline' })).toBe(false);
  expect(isMoving({ state: 'filling', reason: 'offline' })).toBe(true);
  expect(isMoving({ state: 'filled', reason: 'asked' })).toBe(false);
});

test('a gap without end is as long as until now', () => {
  const from = '2026-11-22T10:00:00Z';
  expect(lengthOf({ from, to: '2026-11-22T10:00:33Z' }, 0)).toBe('33 s');
  expect(lengthOf({ from, to: null }, Date.parse(from) + 5000)).toBe('5 s so far');
});

test('a range to be filled lies in the past and is not too long', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  expect(rangeMistake('2026-11-21T10:00', '2026-11-22T09:00', now)).toBe('');
  expect(rangeMistake('', '2026-11-22T09:00', now)).toMatch(/needed/);
  expect(rangeMistake('2026-11-22T09:00', '2026-11-21T09:00', now)).toMatch(/after/);
  expect(rangeMistake('2026-11-22T09:00', '2027-01-01T09:00', now)).toMatch(/future/);
  expect(rangeMistake('2024-11-22T09:00', '2026-11-21T09:00', now)).toMatch(/366/);
});
