import type { Fleet, HealthState, SiteSummary } from '../../lib/api/types';
import { plural, type Tone } from '../../lib/words';

export interface Verdict {
  tone: Tone;
  title: string;
  /** What else has to be known; may be empty. */
  text: string;
}

type Counts = Record<HealthState, number>;

/** What is wrong with SmartServers, worst first, as "2 offline, 1 degraded". */
export function troubleWords({ offline, degraded, never_seen }: Counts): string {
  const found = [
    offline && `${offline.toLocaleString('en')} offline`,
    degraded && `${degraded.toLocaleString('en')} degraded`,
    never_seen && `${never_seen.toLocaleString('en')} never seen`,
  ];
  return found.filter(Boolean).join(', ');
}

export function toneOf({ offline, degraded, never_seen }: Counts): Tone {
  if (offline) return 'bad';
  if (degraded) return 'warn';
  return never_seen ? 'quiet' : 'good';
}

/** The fleet's condition in one sentence, and what else waits for somebody. */
export function verdictOn({ smartservers, health, alarms, stale_data_points: stale }: Fleet): Verdict {
  const { offline, degraded, never_seen } = health;
  const ill = offline + degraded + never_seen;
  const waits = alarms.unacknowledged === 1 ? 'waits' : 'wait';
  const text = [
    alarms.unacknowledged
      ? `${plural(alarms.unacknowledged, 'alarm')} ${waits} to be acknowledged.`
      : 'No alarm waits to be acknowledged.',
    stale ? `${plural(stale, 'data point')} ${stale === 1 ? 'is' : 'are'} stale.` : '',
  ];
  const tone = toneOf(health);
  return {
    tone: tone === 'good' && alarms.unacknowledged ? 'warn' : tone,
    title: ill === 0 ? allWell(smartservers) : someIll(smartservers, health),
    text: text.filter(Boolean).join(' '),
  };
}

function allWell(smartservers: number): string {
  return smartservers === 1
    ? 'The SmartServer is well'
    : `All ${smartservers.toLocaleString('en')} SmartServers are well`;
}

function someIll(smartservers: number, health: Counts): string {
  const words = troubleWords(health);
  const ill = health.offline + health.degraded + health.never_seen;
  // "2 of 8 SmartServers are offline", but "3 of 8 SmartServers are not well: 2 offline, 1 degraded".
  const [, only] = /^[\d,]+ ([a-z ]+)$/.exec(words) ?? [];
  const what = only === 'never seen' ? (ill === 1 ? 'was' : 'were') : ill === 1 ? 'is' : 'are';
  const of = `${ill.toLocaleString('en')} of ${plural(smartservers, 'SmartServer')} ${what}`;
  return only ? `${of} ${only}` : `${of} not well: ${words}`;
}

/** Sites with the worst trouble first; those that are alike by name, and last what stands at no site. */
export function worstFirst(sites: SiteSummary[]): SiteSummary[] {
  const badness = ({ health, active_alarms }: SiteSummary) => [
    health.offline,
    health.degraded,
    active_alarms,
    health.never_seen,
  ];
  return [...sites].sort((a, b) => {
    const [ours, theirs] = [badness(a), badness(b)];
    const at = ours.findIndex((count, i) => count !== theirs[i]);
    if (at >= 0) return (theirs[at] ?? 0) - (ours[at] ?? 0);
    return Number(a.site === null) - Number(b.site === null) || (a.site ?? '').localeCompare(b.site ?? '');
  });
}
