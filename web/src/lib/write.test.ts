import { describe, expect, test } from 'vitest';
import type { DataPoint, FieldInfo, Reading } from './api/types';
import { actionOf, draftOf, isSwitch, rangeWords, releasePriority, sliderOf, waysOf } from './write';

const number = (name: string, minimum: number, maximum: number, step: number): FieldInfo =>
  ({ name, kind: 'number', unit: null, minimum, maximum, step, values: [], fields: [] }) as FieldInfo;

function point(some: object): DataPoint {
  return { id: 'p', presets: [], type_info: null, reading: null, ...some } as unknown as DataPoint;
}

const setpoint = point({
  type_info: { ...number('SNVT_temp_p', -273.17, 327.66, 0.01), unit: 'degrees Celsius', fields: [] },
  reading: { value: 21.5, raw: '21.5', preset: null, fields: null, priority: 255 },
});
const light = point({
  type_info: { kind: 'structure', fields: [number('value', 0, 100, 0.5), number('state', -1, 1, 1)] },
  presets: [{ name: 'ON', raw: '100.0 1' }],
  reading: {
    value: { value: 50, state: 1 },
    fields: [
      { name: 'value', value: 50 },
      { name: 'state', value: 1 },
    ],
    raw: '50.0 1',
  },
});

describe('a form', () => {
  test('begins with what the data point has', () => {
    expect(draftOf(setpoint)).toMatchObject({ way: 'value', values: { '': '21.50' }, priority: '255' });
    expect(draftOf(light)).toMatchObject({
      values: { value: '50.0', state: '1' },
      preset: 'ON',
      raw: '50.0 1',
    });
  });

  test('offers what the data point can take', () => {
    expect(waysOf(light)).toEqual(['value', 'preset', 'raw']);
    expect(waysOf(point({}))).toEqual(['raw']);
  });

  test('asks for a number', () => {
    const draft = { ...draftOf(setpoint), values: { '': '22.5' }, priority: '240' };
    expect(actionOf(draft, setpoint)).toEqual({
      action: { type: 'write', value: 22.5, priority: 240, propagate: true },
    });
  });

  test('asks for the fields of a structure', () => {
    const action = { type: 'write', value: { value: 50, state: 1 }, priority: 255, propagate: true };
    expect(actionOf(draftOf(light), light)).toEqual({ action });
  });

  test('asks for what is inside a structure by its path', () => {
    const start = { kind: 'structure', name: 'start', fields: [number('hour', 0, 23, 1)], values: [] };
    const bytes = { ...number('bytes', 0, 255, 1), kind: 'array', count: 2 };
    const nested = point({
      type_info: { kind: 'structure', fields: [start, bytes], values: [] },
      reading: { value: { start: { hour: 6 }, bytes: [1, 2] }, raw: '6 1 2' },
    });
    const draft = draftOf(nested);
    expect(draft.values).toEqual({ 'start.hour': '6', 'bytes[0]': '1', 'bytes[1]': '2' });
    const action = {
      type: 'write',
      value: { start: { hour: 6 }, bytes: [1, 2] },
      priority: 255,
      propagate: true,
    };
    expect(actionOf(draft, nested)).toEqual({ action });
    const wrong = { ...draft, values: { ...draft.values, 'bytes[1]': '256' } };
    expect(actionOf(wrong, nested)).toEqual({ mistakes: { 'bytes[1]': 'Must be 0 to 255.' } });
  });

  test('asks for a preset or for raw text', () => {
    const draft = draftOf(light);
    expect(actionOf({ ...draft, way: 'preset' }, light)).toMatchObject({ action: { preset: 'ON' } });
    expect(actionOf({ ...draft, way: 'raw' }, light)).toMatchObject({ action: { raw: '50.0 1' } });
  });

  test.each([
    ['', 'Enter a number.'],
    ['warm', 'Enter a number.'],
    ['999', 'Must be -273.17 to 327.66 °C.'],
  ])('refuses the value "%s"', (text, mistake) => {
    expect(actionOf({ ...draftOf(setpoint), values: { '': text } }, setpoint)).toEqual({
      mistakes: { '': mistake },
    });
  });

  test.each(['', '-1', '256', '1.5', 'high'])('refuses the priority "%s"', (priority) => {
    expect(actionOf({ ...draftOf(setpoint), priority }, setpoint)).toHaveProperty('mistakes.priority');
  });
});

test('a range in words', () => {
  expect(rangeWords(number('value', 0, 100, 0.5))).toBe('0 to 100, in steps of 0.5');
});

test('a release overrules the holder', () => {
  const held = (priority: number | null) => ({ priority }) as Reading;
  expect(releasePriority(held(250))).toBe(240);
  expect(releasePriority(held(100))).toBe(100);
  expect(releasePriority(held(null))).toBe(240);
  expect(releasePriority(null)).toBe(240);
});

test('bytes are written as pairs of digits', () => {
  const draft = { ...draftOf(point({})), way: 'hex' as const, hex: 'C8 01' };
  expect(actionOf(draft, point({}))).toMatchObject({ action: { raw_hex: 'C801' } });
  for (const hex of ['', 'c8 0', 'zz'])
    expect(actionOf({ ...draft, hex }, point({}))).toMatchObject({ mistakes: { hex: expect.any(String) } });
});

test('a slider is offered where it is of use', () => {
  expect(sliderOf({ ...number('', -163.84, 163.83, 0.005), unit: 'percent' })).toEqual({
    least: 0,
    most: 100,
  });
  expect(sliderOf(number('', 0, 255, 1))).toEqual({ least: 0, most: 255 });
  expect(sliderOf(number('', -273.17, 327.66, 0.01))).toBeUndefined();
  expect(sliderOf({ ...number('', 0, 1, 1), kind: 'text' })).toBeUndefined();
});

test('a switch is a level with a state', () => {
  const parts = [number('value', 0, 100, 0.5), number('state', -1, 1, 1)];
  const type = { name: 't', kind: 'structure', values: [], fields: parts } as FieldInfo;
  expect(isSwitch(type)).toBe(true);
  expect(isSwitch({ ...type, fields: parts.slice(0, 1) })).toBe(false);
  expect(isSwitch(null)).toBe(false);
});
