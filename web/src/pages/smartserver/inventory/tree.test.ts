import { describe, expect, test } from 'vitest';
import { branchesTo, buildTree, placeOf, rowsOf } from './tree';

const named = (...names: string[]) => names.map((name) => ({ name }));

test.each([
  ['Net/LON/AHU 1/Fan[0]/nvoSpeed', 'Net/LON/AHU 1', 'Net/LON/AHU 1/Fan[0]', 'nvoSpeed'],
  ['Net/LON/AHU 1/Fan[0]/odd/name', 'Net/LON/AHU 1', 'Net/LON/AHU 1/Fan[0]', 'odd/name'],
  ['LON/AHU 1/Fan[0]/nvoSpeed', 'LON/AHU 1', 'LON/AHU 1/Fan[0]', 'nvoSpeed'],
  ['Fan[0]/nvoSpeed', '', '/Fan[0]', 'nvoSpeed'],
  ['nvoSpeed', '', '/', 'nvoSpeed'],
])('%s stands at its device and functional block', (name, device, block, label) =>
  expect(placeOf(name)).toEqual({ device, block, label }),
);

describe('the tree', () => {
  const devices = buildTree(
    named('N/C/Dev 10/F/a', 'N/C/Dev 2/F[10]/a', 'N/C/Dev 2/F[2]/b10', 'N/C/Dev 2/F[2]/b9', 'M/C/Dev 2/F/a'),
  );

  test('orders by channel, then as people count', () => {
    expect(devices.map(({ path }) => path)).toEqual(['M/C/Dev 2', 'N/C/Dev 2', 'N/C/Dev 10']);
    expect(devices[1]?.blocks.map(({ label }) => label)).toEqual(['F[2]', 'F[10]']);
    expect(devices[1]?.blocks[0]?.leaves.map(({ label }) => label)).toEqual(['b9', 'b10']);
  });

  test('counts the data points below a device and names its channel', () => {
    expect(devices[1]).toMatchObject({ label: 'Dev 2', channel: 'N/C', count: 3 });
  });

  test('has rows for open branches only, each with its place among its siblings', () => {
    const open = new Set(['N/C/Dev 2', 'N/C/Dev 2/F[2]']);
    const rows = rowsOf(devices, (path) => open.has(path));
    expect(rows.map(({ path, level, position, siblings }) => [path, level, position, siblings])).toEqual([
      ['M/C/Dev 2', 1, 1, 3],
      ['N/C/Dev 2', 1, 2, 3],
      ['N/C/Dev 2/F[2]', 2, 1, 2],
      ['N/C/Dev 2/F[2]/b9', 3, 1, 2],
      ['N/C/Dev 2/F[2]/b10', 3, 2, 2],
      ['N/C/Dev 2/F[10]', 2, 2, 2],
      ['N/C/Dev 10', 1, 3, 3],
    ]);
  });

  test('knows the way to a branch and to a data point, and none to what is not there', () => {
    expect(branchesTo(devices, 'N/C/Dev 2')).toEqual(['N/C/Dev 2']);
    expect(branchesTo(devices, 'N/C/Dev 2/F[2]')).toEqual(['N/C/Dev 2', 'N/C/Dev 2/F[2]']);
    expect(branchesTo(devices, 'N/C/Dev 2/F[2]/b9')).toEqual(['N/C/Dev 2', 'N/C/Dev 2/F[2]']);
    expect(branchesTo(devices, 'N/C/Dev 22')).toEqual([]);
  });
});

test('ten thousand data points make a whole tree', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => {
    const [device, block] = [Math.floor(i / 50), Math.floor((i % 50) / 5)];
    return `Net/LON/Device ${device}/Block[${block}]/nvo${i % 5}`;
  });
  const devices = buildTree(named(...names.toReversed()));
  expect(devices).toHaveLength(200);
  expect(devices[10]?.label).toBe('Device 10');
  const rows = rowsOf(devices, () => true);
  expect(rows).toHaveLength(200 + 2000 + 10_000);
  expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
  expect(rowsOf(devices, () => false)).toHaveLength(200);
});
