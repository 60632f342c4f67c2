import { expect, test } from 'vitest';
import { factsOf, labelled, said } from './said';

test('words of the SmartServer lose their prefix', () => {
  expect(said('DRC_POWER_UP')).toBe('power up');
  expect(said('STATUS_DONE')).toBe('done');
  expect(said('COMMISSIONED')).toBe('commissioned');
  expect(said('MANUAL_ACK')).toBe('manual ack');
  expect(said('00a1457915ff')).toBe('00a1457915ff');
  expect(said(null)).toBe('–');
});

test('names of the API become labels', () => {
  expect(labelled('lost_messages')).toBe('Lost messages');
  expect(labelled('unique_id')).toBe('Unique ID');
});

test('only what was told becomes a fact, with the way to it', () => {
  expect(factsOf({ lost_messages: 0, error_log: null, frequencies: [{ margin: 4 }] })).toEqual([
    ['Lost messages', '0'],
    ['Frequencies 1, margin', '4'],
  ]);
});
