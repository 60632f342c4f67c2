import { timestampIn } from '../lib/time';

const MINUTE = 60_000;
const DAY = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What stands at the marks of a time axis, in 24 hours; the day below where it begins or changes. */
export function timeLabels(marks: number[], apart: number, zone: string | undefined): string[] {
  let dayBefore = '';
  return marks.map((mark) => {
    const [day = '', clock = ''] = timestampIn(zone, mark).split(' ');
    if (apart >= DAY) return dayWords(day);
    const time = clock.slice(0, apart >= MINUTE ? 5 : 8);
    const text = day === dayBefore ? time : `${time}\n${dayWords(day)}`;
    dayBefore = day;
    return text;
  });
}

/** "2026-11-22" as "22 Nov". */
function dayWords(day: string): string {
  const [, month, date] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? ''}`;
}
