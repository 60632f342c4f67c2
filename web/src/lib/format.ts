import type { DataPoint, Reading, TypeInfo } from './api/types';

/** Symbols for the units that the SmartServer's formats spell out. */
const SYMBOLS: Record<string, string> = {
  '% of full level': '%',
  '% of full scale': '%',
  Amperes: 'A',
  'amperes AC': 'A',
  'cubic meters/hour': 'm³/h',
  days: 'd',
  degrees: '°',
  'degrees Celsius': '°C',
  Hertz: 'Hz',
  hours: 'h',
  'kiloWatt-hours': 'kWh',
  kiloPascals: 'kPa',
  kiloWatts: 'kW',
  liters: 'l',
  'liters/second': 'l/s',
  meters: 'm',
  'meters/second': 'm/s',
  milliAmperes: 'mA',
  milliVolts: 'mV',
  milliseconds: 'ms',
  minutes: 'min',
  Ohms: 'Ω',
  Pascals: 'Pa',
  percent: '%',
  Percent: '%',
  seconds: 's',
  Volts: 'V',
  'volts AC': 'V',
  'Watt-hours': 'Wh',
  Watts: 'W',
};

/** A unit to stand behind a figure; descriptions such as "state code" are none. */
export function unitSymbol(unit: string | null | undefined): string {
  if (!unit) return '';
  return SYMBOLS[unit] ?? (/ |names$/.test(unit) ? '' : unit);
}

/** Decimals that a step of the type can show, as 2 for 0.01. */
export function decimalsOf(step: number | null | undefined): number | undefined {
  if (!step || step < 0) return undefined;
  const [mantissa = '', exponent = '0'] = step.toString().split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}

export function formatNumber(value: number, step?: number | null): string {
  const decimals = decimalsOf(step);
  return decimals === undefined ? String(Number(value.toPrecision(7))) : value.toFixed(Math.min(decimals, 6));
}

function formatScalar(value: unknown, step?: number | null): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return formatNumber(value, step);
  if (Array.isArray(value)) return value.map((element) => formatScalar(element, step)).join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export interface Shown {
  name: string;
  text: string;
  unit: string;
}

/** A field as parts; one that is a structure has a part per field inside, named by their paths. */
function fieldParts(
  name: string,
  value: unknown,
  fieldUnit: string | null | undefined,
  info: TypeInfo | undefined,
): Shown[] {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([inner, innerValue]) => {
      const innerInfo = info?.fields.find((f) => f.name === inner);
      return fieldParts(`${name}.${inner}`, innerValue, innerInfo?.unit, innerInfo);
    });
  }
  const unit = typeof value === 'number' ? unitSymbol(fieldUnit) : '';
  return [{ name, text: formatScalar(value, info?.step), unit }];
}

/** The parts of a reading's value: one for a scalar, one per field of a structure. */
export function shownParts(reading: Reading, type: TypeInfo | null | undefined): Shown[] {
  if (reading.fields) {
    return reading.fields.flatMap((field) => {
      const info = type?.fields.find((f) => f.name === field.name);
      return fieldParts(field.name, field.value, field.unit, info);
    });
  }
  const unit = typeof reading.value === 'number' ? unitSymbol(reading.unit) : '';
  return [{ name: '', text: formatScalar(reading.value, type?.step), unit }];
}

/** A data point's name as people read it: the last part, and the path before it. */
export function splitName(name: string): { last: string; path: string } {
  const at = name.lastIndexOf('/');
  return { last: name.slice(at + 1), path: name.slice(0, Math.max(0, at)) };
}

const DIRECTIONS = { in: 'input', out: 'output', in_out: 'input and output' };

export function directionWord(direction: DataPoint['direction']): string {
  return direction ? DIRECTIONS[direction] : 'not said';
}

/**
 * Names short enough to be read, and long enough to tell these data points apart: the fewest last parts that
 * do, and the SmartServer where the names are the same.
 */
export function distinctNames(points: { name: string; smartserver: string }[]): string[] {
  const lastOf = (name: string, parts: number) => name.split('/').slice(-parts).join('/');
  return points.map(({ name, smartserver }) => {
    const others = new Set(points.map((point) => point.name).filter((other) => other !== name));
    let parts = 1;
    while (
      lastOf(name, parts) !== name &&
      [...others].some((other) => lastOf(other, parts) === lastOf(name, parts))
    )
      parts++;
    const shared = points.some((other) => other.name === name && other.smartserver !== smartserver);
    return shared ? `${lastOf(name, parts)} · ${smartserver}` : lastOf(name, parts);
  });
}
