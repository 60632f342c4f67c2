import { valueText, type Series } from './series';

export interface TableRow {
  at: number;
  /** A text for each series; empty where it has nothing at this time. */
  cells: string[];
}

/** What was recorded, the latest first; a bucket stands at its beginning, with its mean and range. */
export function tableOf(series: Series[]): TableRow[] {
  const rows = new Map<number, string[]>();
  for (const [column, each] of series.entries()) {
    for (const { from, value, low, high } of each.recorded) {
      const cells = rows.get(from) ?? series.map(() => '');
      rows.set(from, cells);
      const range =
        each.banded && low !== high ? ` (${valueText(each, low)} to ${valueText(each, high)})` : '';
      cells[column] = valueText(each, value) + range;
    }
  }
  return [...rows].map(([at, cells]) => ({ at, cells })).sort((a, b) => b.at - a.at);
}
