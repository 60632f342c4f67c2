import type { Action, Command, CommandItem } from '../../../lib/api/types';
import { deed, fate, shortName } from '../../../lib/activity/story';
import { OUTCOME, PHASE, plural } from '../../../lib/words';
import type { Tone } from '../../../lib/words';

const WEAKEST = 255;

/** What was asked for, as "Wrote 21 to Return Air[0]/nviHighLimit, priority 100". */
export function actionWords({ action, items }: Pick<Command, 'action' | 'items'>): string {
  const [first] = items;
  const to = first && items.length === 1 ? shortName(first.name) : plural(items.length, 'data point');
  const text = `${deed(action)} ${to}${priorityWords(action)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function priorityWords({ type, priority }: Action): string {
  return type === 'release' || priority === WEAKEST ? '' : `, priority ${priority}`;
}

/** Its fate as a state. */
export function commandFate(command: Command): { word: string; tone: Tone; meaning: string } {
  const { words, tone } = fate(command);
  if (!command.finished) return { word: 'under way', tone, meaning: words };
  const [only] = Object.keys(command.counts);
  const known = only && only in OUTCOME ? OUTCOME[only as keyof typeof OUTCOME] : undefined;
  return Object.keys(command.counts).length === 1 && known ? known : { word: 'mixed', tone, meaning: words };
}

export function itemFate({ outcome, phase }: CommandItem): { word: string; tone: Tone; meaning: string } {
  return outcome ? OUTCOME[outcome] : { word: 'under way', tone: 'quiet', meaning: PHASE[phase] };
}
