import type { AlarmGenerator, AlarmNotifier } from '../../../lib/api/types';
import { shortName } from '../../../lib/activity/story';
import { labelled, said, type Fact } from '../asked/said';

const COMPARED: Record<string, string> = {
  FN_GT: 'greater than',
  FN_LT: 'less than',
  FN_GE: 'greater than or equal to',
  FN_LE: 'less than or equal to',
  FN_EQ: 'equal to',
  FN_NE: 'not equal to',
  FN_NUL: 'not compared',
};

function roleOf({ points }: AlarmGenerator, role: string): string | undefined {
  return points.find((point) => point.role === role)?.name;
}

/** When it raises an alarm: "nvoTemp is greater than nviHighLimit". */
export function ruleOf(generator: AlarmGenerator): string {
  const [input, compare] = ['Input', 'Compare'].map((role) => roleOf(generator, role));
  if (!input) return 'It has no input.';
  const how = COMPARED[generator.comparison ?? ''] ?? `in alarm by ${said(generator.comparison)}`;
  return `${shortName(input)} is ${how}${compare ? ` ${shortName(compare)}` : ''}`;
}

const seconds = (value: number | null | undefined) => (value ? `${value} s` : undefined);
const facts = (pairs: [string, string | number | null | undefined][]): Fact[] =>
  pairs.flatMap(([name, value]): Fact[] => (value == null || value === '' ? [] : [[name, String(value)]]));

export function generatorFacts(generator: AlarmGenerator): Fact[] {
  const limits = Object.entries(generator.limits).map(([name, limit]): [string, string | null] => [
    labelled(name),
    limit == null ? null : String(limit),
  ]);
  const others = generator.points.filter(({ role }) => role !== 'Input' && role !== 'Compare');
  return facts([
    ['Priority', generator.alarm_priority && said(generator.alarm_priority)],
    ['Raised when it lasts', seconds(generator.set_time_s)],
    ['Over when it lasts', seconds(generator.clear_time_s)],
    ['Held back after enabling', seconds(generator.inhibit_s)],
    ['Polled every', seconds(generator.poll_rate_s)],
    ['Text of its second alarm', generator.alarm2_description],
    ...limits,
    ...others.map(({ role, name }): [string, string] => [role, shortName(name)]),
  ]);
}

export function notifierFacts(notifier: AlarmNotifier): Fact[] {
  const begins = notifier.active_alarms.flatMap(({ statuses }) => statuses.map(said));
  const ends = notifier.passive_alarms.flatMap(({ statuses }) => statuses.map(said));
  return facts([
    ['Delay', seconds(notifier.delay_s)],
    ['Log of active alarms', notifier.summary_size_kb && `${notifier.summary_size_kb} kB`],
    ['Log of all alarms', notifier.historical_size_kb && `${notifier.historical_size_kb} kB`],
    ['Begun by', begins.join(', ')],
    ['Ended by', ends.join(', ')],
    ['Mails to', notifier.mails.map(({ address }) => address).join(', ')],
    ['Destinations', notifier.destinations.length || null],
  ]);
}

type Input = AlarmNotifier['inputs'][number];

/** What is special about a data point whose alarms are notified. */
export function inputWords(input: Input): string {
  const words = [
    input.disabled && 'ignored',
    input.invisible && 'hidden',
    input.ack_required && 'must be acknowledged',
    input.clear_required && 'must be cleared',
    !input.log && 'not logged',
    input.on_change && 'again at each change',
    `priority ${input.priority}`,
    `group ${input.group}`,
  ];
  return words.filter(Boolean).join(', ');
}
