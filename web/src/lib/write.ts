import type { Action, DataPoint, FieldInfo, Reading, TypeInfo, Value } from './api/types';
import { formatNumber, unitSymbol } from './format';
import { leavesOf, partAt, valueFrom } from './leaves';

/** How the value of a write is given. */
export type Way = 'value' | 'preset' | 'raw' | 'hex';

/** What stands in the form; texts as typed. */
export interface Draft {
  way: Way;
  /** One text per part of a structure, by its path, else one under the empty name. */
  values: Record<string, string>;
  preset: string;
  raw: string;
  /** Bytes as hexadecimal digits. */
  hex: string;
  priority: string;
  reason: string;
}

/** Mistakes by the name of the input: a field, `preset`, `raw`, `hex` or `priority`. */
export type Mistakes = Record<string, string>;

export const WEAKEST_PRIORITY = 255;

/** The inputs that a value of this type needs, named by their paths; an unnamed one for a scalar. */
export function inputsOf(type: TypeInfo | null | undefined): FieldInfo[] {
  return type ? leavesOf(type) : [];
}

/** The ways in which this data point can be written, best first; where raw text goes, bytes go too. */
export function waysOf(point: DataPoint): Way[] {
  const ways: Way[] = [];
  if (inputsOf(point.type_info).length > 0) ways.push('value');
  if (point.presets.length > 0) ways.push('preset');
  return [...ways, 'raw'];
}

/** A form filled with what the data point has now. */
export function draftOf(point: DataPoint): Draft {
  const values: Record<string, string> = {};
  for (const input of inputsOf(point.type_info)) values[input.name] = textNow(input, point.reading);
  return {
    way: waysOf(point)[0] ?? 'raw',
    values,
    preset: point.reading?.preset ?? point.presets[0]?.name ?? '',
    raw: point.reading?.raw ?? '',
    hex: '',
    priority: String(WEAKEST_PRIORITY),
    reason: '',
  };
}

function textNow(input: FieldInfo, reading: Reading | null | undefined): string {
  const value = partAt(reading?.value, input.name);
  if (value === null || value === undefined || typeof value === 'object') return '';
  return typeof value === 'number' ? formatNumber(value, input.step) : String(value);
}

/** The range of an input in words, as "0 to 100 %, in steps of 0.5". */
export function rangeWords(input: FieldInfo): string {
  if (input.kind !== 'number') return '';
  const { minimum, maximum, step } = input;
  const unit = unitSymbol(input.unit);
  const parts: string[] = [];
  if (minimum != null && maximum != null && Math.abs(maximum) < 1e9) {
    parts.push(`${formatNumber(minimum)} to ${formatNumber(maximum)}${unit && ` ${unit}`}`);
  }
  if (step) parts.push(`in steps of ${formatNumber(step)}`);
  return parts.join(', ');
}

/** Longer ranges are too coarse to be set by a slider. */
const MOST_FOR_SLIDER = 255;

/** The ends of a slider for an input; none where a slider is of no use. A level goes from 0 to 100 %. */
export function sliderOf({
  kind,
  unit,
  minimum,
  maximum,
}: FieldInfo): { least: number; most: number } | undefined {
  if (kind !== 'number' || minimum == null || maximum == null) return undefined;
  if (unitSymbol(unit) === '%') return { least: Math.max(0, minimum), most: Math.min(100, maximum) };
  return maximum - minimum <= MOST_FOR_SLIDER ? { least: minimum, most: maximum } : undefined;
}

/** Whether a value of this type is on or off, with a level: SNVT_switch and its like. */
export function isSwitch(type: TypeInfo | null | undefined): boolean {
  const names = type?.fields.map(({ name, kind }) => kind === 'number' && name);
  return type?.kind === 'structure' && names?.join() === 'value,state';
}

/** The action that the form asks for, or what is wrong with it. */
export function actionOf(draft: Draft, point: DataPoint): { action: Action } | { mistakes: Mistakes } {
  const mistakes: Mistakes = {};
  const priority = priorityOf(draft.priority, mistakes);
  const given = givenOf(draft, point, mistakes);
  if (Object.keys(mistakes).length > 0) return { mistakes };
  return { action: { type: 'write', ...given, priority, propagate: true } };
}

function givenOf(draft: Draft, point: DataPoint, mistakes: Mistakes) {
  switch (draft.way) {
    case 'preset':
      if (!draft.preset) mistakes.preset = 'Choose a preset.';
      return { preset: draft.preset };
    case 'raw':
      if (!draft.raw.trim()) mistakes.raw = 'Enter the text to write.';
      return { raw: draft.raw };
    case 'hex': {
      const digits = draft.hex.replace(/\s/g, '');
      if (!/^([0-9a-f]{2})+$/i.test(digits))
        mistakes.hex = 'Enter bytes as pairs of hexadecimal digits, as c8 01.';
      return { raw_hex: digits };
    }
    case 'value':
      return { value: valueOf(draft, point.type_info, mistakes) };
  }
}

function valueOf(draft: Draft, type: TypeInfo | null | undefined, mistakes: Mistakes): Value | undefined {
  if (!type) return undefined;
  const part = (input: FieldInfo) => parse(input, draft.values[input.name] ?? '', mistakes);
  const parts = new Map(inputsOf(type).map((input) => [input.name, part(input)]));
  return valueFrom(type, (path) => parts.get(path)) as Value;
}

function parse(input: FieldInfo, text: string, mistakes: Mistakes): string | number {
  if (input.kind !== 'number') {
    if (input.kind === 'enumeration' && !text) mistakes[input.name] = 'Choose a value.';
    return text;
  }
  const number = text.trim() === '' ? NaN : Number(text);
  const { minimum, maximum } = input;
  if (Number.isNaN(number)) mistakes[input.name] = 'Enter a number.';
  else if ((minimum != null && number < minimum) || (maximum != null && number > maximum)) {
    mistakes[input.name] =
      `Must be ${rangeWords({ ...input, step: null }) || 'within the range of the type'}.`;
  }
  return number;
}

function priorityOf(text: string, mistakes: Mistakes): number {
  const priority = text.trim() === '' ? NaN : Number(text);
  if (!Number.isInteger(priority) || priority < 0 || priority > WEAKEST_PRIORITY) {
    mistakes.priority = 'Must be a whole number from 0 (strongest) to 255 (weakest).';
  }
  return priority;
}

/** Priority to release with: it must overrule whoever holds the data point. */
export function releasePriority(reading: Reading | null | undefined): number {
  const held = reading?.priority ?? WEAKEST_PRIORITY;
  return Math.min(held, 240);
}
