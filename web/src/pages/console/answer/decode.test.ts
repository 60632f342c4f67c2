import { expect, test } from 'vitest';
import { cellOf, decode, spoken } from './decode';

const of = (iLonItem: object) => decode({ ReadResponse: { iLonItem } });

test('the items of an answer are rows, what matters first', () => {
  const decoded = of({
    UCPTfaultCount: '0',
    Item: [
      {
        UCPTname: 'a',
        UCPTannotation: 'x',
        UCPThidden: '0',
        UCPTpriority: '255',
        UCPTvalue: { '@Unit': 'kW', '#text': '3' },
      },
      { UCPTname: 'b', UCPTvalue: '4' },
    ],
  });
  expect(decoded?.[0]?.columns).toEqual(['UCPTvalue', 'UCPTpriority', 'UCPTannotation']);
  expect(decoded?.[0]?.items.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(decoded?.[0]?.items[0]?.cells.get('UCPTvalue')).toEqual({ text: '3', unit: 'kW', hint: '' });
});

test('items of another type have a table of their own', () => {
  const decoded = of({
    Item: [
      { UCPTname: 'log', '@type': 'Meta', UCPTlogLevel: '50' },
      { UCPTname: 'a', '@type': 'Data' },
    ],
  });
  expect(decoded?.map(({ type, columns }) => [type, columns])).toEqual([
    ['Meta', ['UCPTlogLevel']],
    ['Data', []],
  ]);
});

test('a single item is a row too, and says why it was refused', () => {
  const fault = {
    faultcode: { '@faultType': '_error', '#text': '14' },
    faultstring: { '#text': 'Name not found' },
  };
  expect(of({ Item: { UCPTname: 'a', fault } })?.[0]?.items[0]).toMatchObject({
    name: 'a',
    fault: '14: Name not found',
  });
});

test('elements of one name are one cell, and elements of elements a branch', () => {
  expect(
    cellOf([
      { '@LonFormat': 'x', '#text': '0' },
      { '@LonFormat': 'UCPTvalueDef', '#text': 'OFF' },
    ]),
  ).toEqual({
    text: '0, OFF',
    unit: '',
    hint: 'LonFormat x, LonFormat UCPTvalueDef',
  });
  expect(of({ Item: { UCPTname: 'a', Part: { x: '1' } } })?.[0]?.items[0]?.branches).toEqual([
    ['Part', { x: '1' }],
  ]);
});

test.each([
  [{ Fault: { faultcode: '1' } }],
  [{ X: { iLonItem: { UCPTfaultCount: '0' } } }],
  ['text'],
  [null],
  [{}],
])('%j has no items', (body) => expect(decode(body)).toBeUndefined());

test.each([
  ['UCPTlastUpdate', 'Last update'],
  ['SCPTmaxSendTime', 'Max send time'],
  ['UCPTuri', 'Uri'],
  ['LON_Device', 'LON device'],
  ['UCPT', 'UCPT'],
])('%s is said %s', (name, words) => expect(spoken(name)).toBe(words));
