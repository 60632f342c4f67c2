import { describe, expect, test } from 'vitest';
import type { HistoryReading, PointHistory, TypeInfo } from '../lib/api/types';
import { panelsOf } from './panels';
import { seriesOf, valueText, valueWithUnit, type Series } from './series';
import { gapsSentence, meanText, sentenceOf, shownGaps, summaryOf } from './summary';
import { tableOf } from './table';

const TIME = { from: 0, to: 1000 };
const at = (ms: number) => new Date(ms).toISOString();
const reading = (
  ms: number,
  value: HistoryReading['value'],
  quality: HistoryReading['quality'] = 'good',
) => ({
  at: at(ms),
  value,
  quality,
  source: 'poll' as const,
});

function history(some: Partial<PointHistory>): PointHistory {
  return { data_point_id: 'p', smartserver: 's', name: 'Net/LON/AHU/nvoTemp', gaps: [], ...some };
}

function one(series: Series[]): Series {
  expect(series).toHaveLength(1);
  return series[0] as Series;
}

const temperature = {
  type_info: { name: 'SNVT_temp_p', kind: 'number', step: 0.01, values: [], fields: [] } as TypeInfo,
};

describe('a number', () => {
  const readings = [reading(0, 20), reading(500, 22), reading(750, 30, 'invalid')];
  const series = one(seriesOf(history({ unit: 'degrees Celsius', readings }), temperature, TIME, null));

  test('is a line in steps with its unit', () => {
    expect(series).toMatchObject({ key: 'p', label: 'nvoTemp', unit: '°C', stepped: true, count: 3 });
  });

  test('counts as long as it held, and not where it is invalid', () => {
    const { min, mean, max, last } = summaryOf(series);
    expect([min, max, last]).toEqual([20, 22, 22]);
    expect(mean).toBeCloseTo((500 * 20 + 250 * 22) / 750, 1);
  });

  test('is told in a sentence', () => {
    expect(sentenceOf(series)).toBe('nvoTemp: last 22.00 °C, mean 20.67 °C, from 20.00 °C to 22.00 °C.');
  });

  test('has a band in buckets', () => {
    const buckets = [{ from: at(0), min: 1, max: 9, mean: 4, last: 5, count: 60 }];
    const banded = one(seriesOf(history({ buckets }), temperature, { from: 0, to: 100 }, 100));
    expect(banded).toMatchObject({
      banded: true,
      stepped: false,
      count: 60,
      low: [1],
      high: [9],
      values: [4],
    });
    expect(summaryOf(banded)).toEqual({ min: 1, mean: 4, max: 9, last: 5 });
    expect(tableOf([banded])).toEqual([{ at: 0, cells: ['4.00 (1.00 to 9.00)'] }]);
  });

  test('is not known in a bucket that has no good reading', () => {
    const buckets = [{ from: at(0), min: null, max: null, mean: null, last: 5, count: 1 }];
    const { values } = one(seriesOf(history({ buckets }), temperature, TIME, 100));
    expect(values.every((value) => value === null)).toBe(true);
  });
});

describe('an enumeration', () => {
  const type_info = {
    name: 'm',
    kind: 'enumeration',
    values: ['AUTO', 'HEAT', 'COOL'],
    fields: [],
  } as TypeInfo;
  const readings = [reading(100, 'COOL'), reading(400, 'AUTO'), reading(600, 'ODD')];
  const series = one(seriesOf(history({ readings, before: reading(-5, 'AUTO') }), { type_info }, TIME, null));

  test('has the states that occur, in the order of its type', () => {
    expect(series.states).toEqual(['AUTO', 'COOL', 'ODD']);
    expect(series.values[0]).toBe(0);
    expect(valueText(series, 1)).toBe('COOL');
  });

  test('has no mean', () => expect(summaryOf(series)).toEqual({ min: null, mean: null, max: null, last: 2 }));

  test('shows the last of each bucket', () => {
    const buckets = [{ from: at(0), last: 'HEAT', count: 9 }];
    const { states, values } = one(seriesOf(history({ buckets }), { type_info }, TIME, 100));
    expect(states).toEqual(['HEAT']);
    expect(values).toContain(0);
  });
});

test('a structure has a line for each part', () => {
  const type_info = {
    name: 'SNVT_switch',
    kind: 'structure',
    values: [],
    fields: [
      { name: 'value', kind: 'number', unit: '% of full level', step: 0.5, values: [], fields: [] },
      { name: 'state', kind: 'number', unit: 'state code', step: 1, values: [], fields: [] },
    ],
  } as TypeInfo;
  const readings = [reading(0, { value: 50, state: 1 }), reading(500, { value: 0, state: 0 })];
  const [level, state] = seriesOf(history({ readings }), { type_info }, TIME, null) as [Series, Series];
  expect([level.key, level.unit, state.key, state.unit]).toEqual(['p~value', '%', 'p~state', '']);
  expect(valueWithUnit(level, level.values[0] ?? null)).toBe('50.0 %');
  expect(meanText(state, summaryOf(state).mean)).toBe('0.5005');
});

test('of a type that is not known the values tell', () => {
  const readings = [reading(0, { a: 1, b: { c: 'on' } })];
  const series = seriesOf(history({ readings }), undefined, TIME, null);
  expect(series.map(({ key, states }) => [key, states])).toEqual([
    ['p~a', undefined],
    ['p~b.c', ['on']],
  ]);
});

describe('panels', () => {
  const line = (key: string, unit: string, states?: string[]) => ({ key, unit, states, step: 1 }) as Series;

  test('one holds all while units are few, with axes left and right', () => {
    const panels = panelsOf([line('a', '°C'), line('b', '%'), line('c', '°C')], 900);
    expect(panels).toHaveLength(1);
    expect(panels[0]?.axes.map(({ key, side }) => [key, side])).toEqual([
      ['°C', 'left'],
      ['%', 'right'],
    ]);
    expect(panels[0]?.series).toHaveLength(3);
  });

  test('more units than axes have a panel each, sooner on a phone', () => {
    const lines = ['°C', '%', 'Pa', 'kW', 'lux'].map((unit) => line(unit, unit));
    expect(panelsOf(lines, 900)).toHaveLength(5);
    expect(panelsOf(lines.slice(0, 4), 900)).toHaveLength(1);
    expect(panelsOf(lines.slice(0, 3), 360)).toHaveLength(3);
  });

  test('states have their own, shared by the same names', () => {
    const lines = [line('a', '°C'), line('b', '', ['ON', 'OFF']), line('c', '', ['ON', 'OFF'])];
    expect(panelsOf(lines, 900).map(({ series }) => series.length)).toEqual([1, 2]);
  });
});

describe('gaps', () => {
  const gap = (from: number, to: number | null, state: 'open' | 'filled') => ({
    from: at(from),
    to: to === null ? null : at(to),
    reason: 'offline' as const,
    state,
  });

  test('are cut to the time, told once, and said in a sentence', () => {
    const owners = [
      { smartserver: 'a', gaps: [gap(-100, 200, 'open')] },
      { smartserver: 'b', gaps: [gap(-100, 200, 'open'), gap(900, null, 'filled'), gap(2000, 3000, 'open')] },
    ];
    const shown = shownGaps(owners, TIME);
    expect(shown.map(({ from, to, whose, open }) => [from, to, whose, open])).toEqual([
      [0, 200, ['a', 'b'], false],
      [900, 1000, ['b'], true],
    ]);
    expect(gapsSentence(shown)).toBe('1 gap, 200 ms in all.');
    expect(gapsSentence([])).toBe('No gaps.');
  });
});
