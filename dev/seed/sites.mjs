// Where the simulated SmartServers stand. They take turns: office, school, hotel, works. The time zones
// are those that the simulator gives them.
const SITES = [
  { site: 'Harbour House', short: 'Harbour', time_zone: 'Europe/Helsinki', tags: ['office'] },
  { site: 'Elm Street School', short: 'Elm Street', time_zone: 'Europe/London', tags: ['school'] },
  { site: 'Hotel Battery Park', short: 'Battery Park', time_zone: 'America/New_York', tags: ['hotel'] },
  { site: 'Spandau Works', short: 'Spandau', time_zone: 'Europe/Berlin', tags: ['works'] },
];
const PLACES = [
  { place: 'plant room', tags: ['hvac', 'metering'] },
  { place: 'roof', tags: ['hvac', 'roof'] },
  { place: 'east wing', tags: ['hvac', 'lighting'] },
  { place: 'west wing', tags: ['hvac', 'lighting', 'metering'] },
];

/** Name, site, time zone and tags of the SmartServer of this number. */
export function whereabouts(number) {
  const { site, short, time_zone, tags } = SITES[number % SITES.length];
  const round = Math.floor(number / SITES.length);
  const { place, tags: here } = PLACES[round] ?? { place: `unit ${round + 1}`, tags: ['hvac'] };
  return { name: `${short} ${place}`, site, time_zone, tags: [...tags, ...here] };
}
