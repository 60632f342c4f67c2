import { expect, test } from 'vitest';
import type { Device } from '../../../lib/api/types';
import { addressOf, fitting, stateOf } from './device-words';
import { fateOf, GROUPS, ORDERS } from './orders';

const device = (name: string, more: Partial<Device> = {}): Device => ({
  name,
  bus: 'lon',
  addresses: [],
  commands: [],
  local: false,
  commission_status: 'COMMISSIONED',
  application_status: 'APP_RUNNING',
  ...more,
});

test('the state is the worst that is told', () => {
  expect(stateOf(device('a'))).toBe('running');
  expect(stateOf(device('a', { application_status: 'APP_STOPPED' }))).toBe('stopped');
  expect(stateOf(device('a', { commission_status: 'DECOMMISSIONED' }))).toBe('decommissioned');
  expect(stateOf(device('a', { fault: { code: 12, text: 'gone' } }))).toBe('fault');
  expect(stateOf(device('a', { commission_status: null, application_status: null }))).toBe('unknown');
});

test('an address is what its bus has', () => {
  const none = { address: null, ip_address: null, secondary_address: null, subnet: null, node: null };
  expect(addressOf({ addresses: [{ ...none, subnet: 1, node: 3 }] })).toBe('subnet 1, node 3');
  expect(addressOf({ addresses: [{ ...none, ip_address: '192.0.2.7', address: '4' }] })).toBe('192.0.2.7, 4');
  expect(addressOf({ addresses: [] })).toBe('');
});

test('devices are found by name and ids, and what is wrong stands first', () => {
  const devices = [
    device('Net/LON/AHU 1', { neuron_id: '00a1' }),
    device('Net/LON/Pump', { fault: { code: 1, text: '' } }),
  ];
  expect(fitting(devices, { q: '', state: '' }).map(({ name }) => name)).toEqual([
    'Net/LON/Pump',
    'Net/LON/AHU 1',
  ]);
  expect(fitting(devices, { q: 'A1', state: '' })).toHaveLength(1);
  expect(fitting(devices, { q: 'ahu', state: 'fault' })).toEqual([]);
});

test('every command stands in one group, and those that hurt are known', () => {
  expect(GROUPS.flatMap(({ orders }) => orders)).toHaveLength(Object.keys(ORDERS).length);
  const much = Object.entries(ORDERS).filter(([, { harm }]) => harm === 'much');
  expect(much.map(([name]) => name)).toEqual(['offline', 'reset', 'decommission', 'fetch_neuron_id']);
});

test('the fate of a command is its outcome, until then how far it is', () => {
  expect(fateOf({ phase: 'finished', outcome: 'failed' }).word).toBe('failed');
  expect(fateOf({ phase: 'pending' })).toMatchObject({
    word: 'under way',
    meaning: 'The SmartServer is at work on it',
  });
});
