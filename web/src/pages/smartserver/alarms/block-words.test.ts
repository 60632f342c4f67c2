import { expect, test } from 'vitest';
import type { AlarmGenerator } from '../../../lib/api/types';
import { generatorFacts, inputWords, ruleOf } from './block-words';

const generator: AlarmGenerator = {
  name: 'Net/LON/iLON App/Alarm Generator[0]',
  hidden: false,
  comparison: 'FN_GT',
  alarm_priority: 'PR_LEVEL_1',
  set_time_s: 30,
  inhibit_s: 0,
  limits: { high_limit_1_offset: 2 },
  points: [
    { role: 'Input', name: 'Net/LON/AHU 1/Return Air[0]/nvoTemp' },
    { role: 'Compare', name: 'Net/LON/AHU 1/Return Air[0]/nviHighLimit' },
  ],
};

test('a generator tells when it raises an alarm', () => {
  expect(ruleOf(generator)).toBe('Return Air[0]/nvoTemp is greater than Return Air[0]/nviHighLimit');
  expect(ruleOf({ ...generator, points: [] })).toBe('It has no input.');
});

test('only what is set is told of it', () => {
  expect(generatorFacts(generator)).toEqual([
    ['Priority', 'level 1'],
    ['Raised when it lasts', '30 s'],
    ['High limit 1 offset', '2'],
  ]);
});

test('an input tells what is asked of people', () => {
  const input = {
    name: 'a',
    log: true,
    invisible: false,
    clear_required: false,
    ack_required: true,
    disabled: false,
    on_change: false,
    group: 1,
    priority: 100,
  };
  expect(inputWords(input)).toBe('must be acknowledged, priority 100, group 1');
});
