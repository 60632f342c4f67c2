import { expect, test } from 'vitest';
import type { Reading, TypeInfo } from './api/types';
import { decimalsOf, distinctNames, formatNumber, shownParts, splitName, unitSymbol } from './format';

const scalar = { kind: 'number', step: 0.01, fields: [] } as unknown as TypeInfo;
const reading = (some: Partial<Reading>) => ({ fields: null, unit: null, ...some }) as Reading;

test.each([
  [0.01, 2],
  [0.5, 1],
  [1, 0],
  [10, 0],
  [1e-7, 7],
  [2.5e-7, 8],
  [0, undefined],
  [null, undefined],
])('a step of %s shows %s decimals', (step, decimals) => expect(decimalsOf(step)).toBe(decimals));

test('a figure has as many decimals as its step', () => {
  expect(formatNumber(21.5, 0.01)).toBe('21.50');
  expect(formatNumber(64.99999999999999, 0.5)).toBe('65.0');
});

test('a figure of unknown step loses the noise of floating point only', () => {
  expect(formatNumber(0.1 + 0.2)).toBe('0.3');
  expect(formatNumber(1234567)).toBe('1234567');
});

test('units become symbols; descriptions are no units', () => {
  expect(unitSymbol('degrees Celsius')).toBe('°C');
  expect(unitSymbol('pH')).toBe('pH');
  expect(unitSymbol('state code')).toBe('');
  expect(unitSymbol('HVAC mode names')).toBe('');
});

test('a scalar is one part, with its unit', () => {
  const parts = shownParts(reading({ value: 21.5, unit: 'degrees Celsius' }), scalar);
  expect(parts).toEqual([{ name: '', text: '21.50', unit: '°C' }]);
});

test('an enumeration has no unit', () => {
  const parts = shownParts(reading({ value: 'HVAC_COOL', unit: 'mode' }), null);
  expect(parts).toEqual([{ name: '', text: 'HVAC_COOL', unit: '' }]);
});

test('a value that is not there is a dash', () => {
  expect(shownParts(reading({ value: null, unit: 'Volts' }), scalar)[0]).toMatchObject({
    text: '–',
    unit: '',
  });
});

test('a structure has one part per field', () => {
  const type = { kind: 'structure', fields: [{ name: 'value', step: 0.5 }] } as unknown as TypeInfo;
  const fields = [
    { name: 'value', value: 100, unit: '% of full level' },
    { name: 'state', value: 1, unit: 'state code' },
  ];
  expect(shownParts(reading({ fields }), type)).toEqual([
    { name: 'value', text: '100.0', unit: '%' },
    { name: 'state', text: '1', unit: '' },
  ]);
});

test('a structure inside has a part per field, an array is one part', () => {
  const pos = { name: 'pos', kind: 'structure', fields: [{ name: 'setting', step: 0.5, unit: 'percent' }] };
  const type = { kind: 'structure', fields: [pos, { name: 'location', step: 1 }] } as unknown as TypeInfo;
  const fields = [
    { name: 'pos', value: { setting: 12.5, function: null }, unit: null },
    { name: 'location', value: [1, 2, 3], unit: 'array of 3 bytes' },
  ];
  expect(shownParts(reading({ fields }), type)).toEqual([
    { name: 'pos.setting', text: '12.5', unit: '%' },
    { name: 'pos.function', text: '–', unit: '' },
    { name: 'location', text: '1 2 3', unit: '' },
  ]);
});

test('a name is its last part and the path before', () => {
  expect(splitName('Net/LON/iLON App/Digital Output 1[0]/nvi')).toEqual({
    last: 'nvi',
    path: 'Net/LON/iLON App/Digital Output 1[0]',
  });
  expect(splitName('alone')).toEqual({ last: 'alone', path: '' });
});

test('names are as short as tells them apart', () => {
  const names = (...points: [string, string][]) =>
    distinctNames(points.map(([name, smartserver]) => ({ name, smartserver })));
  expect(names(['Net/A/x', 's1'], ['Net/B/y', 's1'])).toEqual(['x', 'y']);
  expect(names(['Net/A/x', 's1'], ['Net/B/x', 's1'], ['Net/B/y', 's1'])).toEqual(['A/x', 'B/x', 'y']);
  expect(names(['Net/A/x', 's1'], ['Net/A/x', 's2'], ['Net/B/x', 's2'])).toEqual([
    'A/x · s1',
    'A/x · s2',
    'B/x',
  ]);
  expect(names(['x', 's1'], ['A/x', 's1'])).toEqual(['x', 'A/x']);
  expect(names(['A/x', 's1'], ['A/x', 's1'])).toEqual(['x', 'x']);
});
