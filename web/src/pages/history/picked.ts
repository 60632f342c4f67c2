import { colourOf } from '../../charts/palette';
import type { DataPoint } from '../../lib/api/types';
import { splitName } from '../../lib/format';
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

/** A chip has the colour of its first line; one of several with the same name says whose it is. */
export function chipsOf(picked: Picked[]): Chip[] {
  const names = picked.map(({ name }) => splitName(name).last);
  let line = 0;
  return picked.map((each) => {
    const { last, path } = splitName(each.name);
    const alone = names.filter((name) => name === last).length === 1;
    const colour = colourOf(line);
    line += linesOf(each).length;
    return {
      id: each.id,
      name: alone ? last : `${last} · ${each.smartserver}`,
      place: [each.smartserver, path].filter(Boolean).join(' · '),
      colour,
    };
  });
}
