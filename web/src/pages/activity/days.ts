import type { Happening } from '../../lib/activity/story';
import { timestamp } from '../../lib/zone.svelte';

export interface Day {
  /** As "2026-11-22", in the time zone that times are shown in. */
  date: string;
  happenings: Happening[];
}

/** What happened, by days; newest first, as it comes. */
export function byDay(newestFirst: Happening[]): Day[] {
  const days: Day[] = [];
  for (const happening of newestFirst) {
    const date = timestamp(happening[0].at).slice(0, 10);
    const last = days.at(-1);
    if (last?.date === date) last.happenings.push(happening);
    else days.push({ date, happenings: [happening] });
  }
  return days;
}

/** A day in words: "Today", "Yesterday", or the day itself. */
export function dayWords(date: string, now: number): string {
  const today = timestamp(now).slice(0, 10);
  if (date === today) return 'Today';
  if (date === dayBefore(today)) return 'Yesterday';
  const words = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-GB', words).format(new Date(`${date}T12:00:00Z`));
}

/** Days are counted by their names: where clocks change, some are longer than 24 hours. */
function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
