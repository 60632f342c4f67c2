/** An amount of memory, as "34.5 MiB". */
export function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, count < 1024 ? 0 : Math.floor(Math.log2(count) / 10));
  return power === 0 ? `${count} bytes` : `${(count / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** How long it has been up, as "3 d 4 h" or "10 h 20 min". */
export function uptime(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${rest} min` : `${rest} min`;
}

/** An offset from UTC in minutes, as "UTC+02:00". */
export function utcOffset(minutes: number): string {
  const two = (figure: number) => String(Math.floor(figure)).padStart(2, '0');
  const away = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${two(away / 60)}:${two(away % 60)}`;
}

const ABBREVIATIONS = /^(cpu|dns|ftp|http|ip|lspa|mac|ram|smtp|ssl|ip v6|v6)$/i;

/** A name of the SmartServer's for people: "Spare blocks recommended" for `UCPTspareBlocksRecommended`. */
export function labelOf(name: string): string {
  const words = name
    .replace(/^[US]CPT/, '')
    .replace(/_/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([a-z])(\d+)$/, '$1 $2')
    .split(/\s+/)
    .map((word) => (ABBREVIATIONS.test(word) ? word.toUpperCase() : word.toLowerCase()));
  const label = words.join(' ');
  return label.charAt(0).toUpperCase() + label.slice(1);
}

export interface Entry {
  /** The SmartServer's own names, from the outermost in. */
  path: string;
  label: string;
  text: string;
}

const SECRET = /passw|secret|credential|private|(auth|encryption)key/i;
const IS_SWITCH = /(enable|enabled|authentication)$/i;
export const HIDDEN = 'not shown';

/** What a section holds, one line for each value; secrets are named but not shown. */
export function entriesOf(value: unknown, path: string[] = []): Entry[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => entriesOf(item, [...path, String(i + 1)]));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => entriesOf(inner, [...path, name]));
  }
  const label = path.map(labelOf).join(' › ');
  return [{ path: path.join('/'), label, text: textOf(path.join('/'), value) }];
}

function textOf(path: string, value: unknown): string {
  if (value === null || value === '') return '–';
  if (SECRET.test(path)) return HIDDEN;
  const text = String(value);
  if (IS_SWITCH.test(path) && /^[01]$/.test(text)) return text === '1' ? 'on' : 'off';
  return text;
}
