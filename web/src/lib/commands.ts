import type { Action, Command, CommandItem, DataPoint, Reading } from './api/types';
import { formatNumber, unitSymbol } from './format';
import { WEAKEST } from './priority';
import { OUTCOME, PHASE, type Tone } from './words';

/** What a write or release asked for, as "21.5 °C" or "preset ON". */
export function actionWords(action: Action, point?: Pick<DataPoint, 'type_info' | 'unit'>): string {
  if (action.type === 'release') return 'release';
  if (action.preset != null) return `preset ${action.preset}`;
  if (action.raw != null) return `raw ${action.raw}`;
  if (action.raw_hex != null) return `bytes ${action.raw_hex}`;
  const value = action.value ?? action.fields;
  if (typeof value === 'number') {
    const unit = unitSymbol(point?.type_info?.unit ?? point?.unit);
    return [formatNumber(value, point?.type_info?.step), unit].filter(Boolean).join(' ');
  }
  return partsText(value);
}

function partsText(value: unknown): string {
  if (Array.isArray(value)) return value.map(partsText).join(' ');
  if (typeof value !== 'object' || value === null) return String(value ?? '–');
  return Object.entries(value)
    .map(([name, part]) => `${name} ${partsText(part)}`)
    .join(', ');
}

/** How far it has come with one data point: its outcome, else its phase. */
export function stateOf(item: CommandItem): { word: string; tone: Tone; meaning: string } {
  if (item.outcome) return OUTCOME[item.outcome];
  return { word: item.phase, tone: 'quiet', meaning: PHASE[item.phase] };
}

/**
 * Of the commands, the latest first, the one that holds the data point now: it was carried out at the
 * priority that the data point has, and nothing of ours came after it.
 */
export function holderOf(commands: Command[], reading: Reading | undefined): Command | undefined {
  const done = commands.find(({ items: [item] }) =>
    ['verified', 'acknowledged'].includes(item?.outcome ?? ''),
  );
  const { action } = done ?? {};
  if (reading?.priority === WEAKEST) return undefined;
  return action?.type === 'write' && (action.priority ?? WEAKEST) === reading?.priority ? done : undefined;
}
