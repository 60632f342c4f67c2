import { expect, test } from 'vitest';
import { buildTree, rowsOf } from './tree';
import { wishOf } from './tree-keys';

const open = new Set(['N/C/A', 'N/C/A/F']);
const devices = buildTree(['N/C/A/F/x', 'N/C/A/F/y', 'N/C/A/G/z', 'N/C/B/F/x'].map((name) => ({ name })));
/** A, A/F, A/F/x, A/F/y, A/G (closed), B (closed) */
const rows = rowsOf(devices, (path) => open.has(path));

test.each([
  ['ArrowDown', 0, { go: 1 }],
  ['ArrowDown', 5, { go: 5 }],
  ['ArrowUp', 0, { go: 0 }],
  ['ArrowUp', 3, { go: 2 }],
  ['Home', 4, { go: 0 }],
  ['End', 1, { go: 5 }],
  ['PageDown', 0, { go: 5 }],
  ['PageUp', 5, { go: 0 }],
  ['ArrowRight', 0, { go: 1 }],
  ['ArrowRight', 4, { open: 'N/C/A/G' }],
  ['ArrowRight', 2, undefined],
  ['ArrowLeft', 3, { go: 1 }],
  ['ArrowLeft', 4, { go: 0 }],
  ['ArrowLeft', 1, { close: 'N/C/A/F' }],
  ['ArrowLeft', 5, { go: 5 }],
  ['Enter', 2, { enter: true }],
  [' ', 0, { enter: true }],
  ['a', 0, undefined],
])('%s on row %d', (key, at, wish) => expect(wishOf(key, rows, at)).toEqual(wish));

test('an empty tree has no keys', () => expect(wishOf('ArrowDown', [], 0)).toBeUndefined());
