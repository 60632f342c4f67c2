import { describe, expect, test } from 'vitest';
import type { Action, Command, Reading, TypeInfo } from './api/types';
import { actionWords, holderOf } from './commands';
import { priorityWords, warningOf } from './priority';

describe('what was asked, in words', () => {
  const type_info = { unit: 'degrees Celsius', step: 0.01 } as TypeInfo;
  const write = (some: object) => ({ type: 'write', priority: 255, propagate: true, ...some }) as Action;

  test.each([
    [write({ value: 21.5 }), '21.50 °C'],
    [write({ value: { value: 60, state: 1 } }), 'value 60, state 1'],
    [write({ preset: 'ON' }), 'preset ON'],
    [write({ raw: '100.0 1' }), 'raw 100.0 1'],
    [write({ raw_hex: 'c801' }), 'bytes c801'],
    [write({ fields: { state: 1 } }), 'state 1'],
    [{ type: 'release', priority: 240 } as Action, 'release'],
  ])('%o', (action, words) => expect(actionWords(action, { type_info })).toBe(words));
});

describe('who holds it', () => {
  const command = (type: string, priority: number, outcome: string) =>
    ({ action: { type, priority }, items: [{ outcome }] }) as unknown as Command;
  const at = (priority: number) => ({ priority }) as Reading;

  test('is the latest of ours that was carried out at that priority', () => {
    const held = command('write', 240, 'verified');
    expect(holderOf([command('write', 250, 'refused'), held], at(240))).toBe(held);
    expect(holderOf([held], at(230))).toBeUndefined();
    expect(holderOf([command('release', 240, 'verified'), held], at(240))).toBeUndefined();
    expect(holderOf([], at(240))).toBeUndefined();
  });

  test('is nobody at the weakest priority', () => {
    expect(holderOf([command('write', 255, 'verified')], at(255))).toBeUndefined();
  });
});

describe('a priority', () => {
  test.each([
    [255, 255, 'Does not hold'],
    [250, 255, 'As strong as schedules'],
    [252, 255, 'not against schedules'],
    [240, 255, 'Holds against schedules'],
    [100, 255, 'Overrides schedules'],
    [255, 240, 'will refuse'],
  ])('of %d on one held at %d: %s', (priority, held, words) =>
    expect(priorityWords(priority, held)).toContain(words),
  );

  test('is asked about when it is strong, or takes from a holder', () => {
    expect(warningOf(255, 255)).toBeUndefined();
    expect(warningOf(240, 255)).toBeUndefined();
    expect(warningOf(240, 240)).toBeUndefined();
    expect(warningOf(239, 255)).toContain('overrides schedules');
    expect(warningOf(240, 245)).toContain('loses it');
  });
});
