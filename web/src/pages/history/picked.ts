import { colourOf } from '../../charts/palette';
import type { DataPoint } from '../../lib/api/types';
import { distinctNames, splitName } from '../../lib/format';
import { leavesOf } from '../../lib/leaves';

/** A data point that was picked. */
export interface Picked {
  id: string;
  /** Its whole name; its id while nothing else is known. */
  name: string;
  smartserver: string;
  point: DataPoint | null;
}

/** Keys of the lines that it is drawn as. */
export function linesOf({ id, point }: Picked): string[] {
  const parts = point?.type_info ? leavesOf(point.type_info) : [];
  return parts.length > 0 ? parts.map(({ name }) => (name ? `${id}~${name}` : id)) : [id];
}

export interface Chip {
  id: string;
  name: string;
  place: string;
  colour: string;
}

/** A chip has the colour of its first line; its name tells it from the others. */
export function chipsOf(picked: Picked[]): Chip[] {
  const names = distinctNames(picked);
  let line = 0;
  return picked.map((each, index) => {
    const { path } = splitName(each.name);
    const colour = colourOf(line);
    line += linesOf(each).length;
    return {
      id: each.id,
      name: names[index] ?? each.name,
      place: [each.smartserver, path].filter(Boolean).join(' · '),
      colour,
    };
  });
}
