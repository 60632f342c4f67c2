import { keep, recall } from './keep';
import { isTimeZone, timestampIn, zoneWord } from './time';

export const ZONES = ['own', 'site', 'utc'] as const;
export type Zone = (typeof ZONES)[number];

let chosen = $state<Zone>(recall('zone', ZONES, 'own'));

/** Whose clock is shown: that of this computer, of the SmartServer's site, or UTC. */
export const zone = {
  get chosen(): Zone {
    return chosen;
  },
  choose(wanted: Zone) {
    chosen = wanted;
    keep('zone', wanted);
  },
};

/** The time zone to show times of a site in; undefined is that of this computer. */
export function zoneFor(site?: string | null): string | undefined {
  if (chosen === 'utc') return 'UTC';
  return chosen === 'site' && site && isTimeZone(site) ? site : undefined;
}

/** A point in time as the reader wants it, as "2026-11-22 08:18:04". */
export function timestamp(at: string | number | Date, site?: string | null): string {
  return timestampIn(zoneFor(site), at);
}

/** The same with its zone, as "2026-11-22 08:18:04 CET". */
export function fullTimestamp(at: string | number | Date, site?: string | null): string {
  return `${timestamp(at, site)} ${zoneWord(zoneFor(site), at)}`;
}
