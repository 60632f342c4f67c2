import type { Row } from './tree';

export type Wish = { go: number } | { open: string } | { close: string } | { enter: true } | undefined;

const PAGE_ROWS = 12;

/** What a key asks for in a tree, after the ARIA pattern for tree grids; undefined for keys that are not its own. */
export function wishOf<P>(key: string, rows: readonly Row<P>[], at: number): Wish {
  const row = rows[at];
  if (!row) return undefined;
  const last = rows.length - 1;
  const go = (to: number): Wish => ({ go: Math.max(0, Math.min(last, to)) });
  switch (key) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at - 1);
    case 'PageDown':
      return go(at + PAGE_ROWS);
    case 'PageUp':
      return go(at - PAGE_ROWS);
    case 'Home':
      return go(0);
    case 'End':
      return go(last);
    case 'ArrowRight':
      if (row.kind === 'point') return undefined;
      return row.open ? go(at + 1) : { open: row.path };
    case 'ArrowLeft':
      if (row.kind !== 'point' && row.open) return { close: row.path };
      return go(parentOf(rows, at));
    case 'Enter':
    case ' ':
      return { enter: true };
    default:
      return undefined;
  }
}

function parentOf<P>(rows: readonly Row<P>[], at: number): number {
  const level = rows[at]?.level ?? 1;
  for (let i = at - 1; i >= 0; i--) if ((rows[i]?.level ?? 0) < level) return i;
  return at;
}
