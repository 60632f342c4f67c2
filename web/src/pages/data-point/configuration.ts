import { took } from '../../lib/age';
import type { Configuration } from '../../lib/api/types';

export interface FactGroup {
  title: string;
  facts: [name: string, value: string][];
}

/** What a configuration says, in groups; what the SmartServer does not tell is left out. */
export function configurationFacts(configuration: Configuration): FactGroup[] {
  const { bus, others, presets, units, ...own } = configuration;
  const groups: FactGroup[] = [
    { title: 'Data server', facts: factsOf(own) },
    { title: 'Units', facts: units.map(({ field, unit }) => [field ?? 'whole value', unit]) },
    { title: 'Presets', facts: presets.map(({ name, raw }) => [name, raw]) },
    { title: 'Bus', facts: bus ? factsOf(bus) : [] },
    { title: 'Others', facts: others.map(({ name, text }) => [name, text]) },
  ];
  return groups.filter(({ facts }) => facts.length > 0);
}

const SAID_ELSEWHERE = new Set(['data_point_id', 'smartserver', 'name', 'alias', 'description', 'others']);

function factsOf(members: object): [string, string][] {
  return Object.entries(members)
    .filter(([name, value]) => !SAID_ELSEWHERE.has(name) && value !== null && value !== undefined)
    .map(([name, value]) => [wordsOf(name), textOf(name, value)]);
}

/** "max_send_time_ms" as "Max send time". */
function wordsOf(name: string): string {
  const words = name.replace(/_ms$/, '').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === 0 && /^max_.*_ms$/.test(name)) return 'never';
  if (typeof value === 'number' && name.endsWith('_ms')) return took(value);
  if (typeof value === 'object' && value !== null)
    return 'raw' in value ? String(value.raw) : JSON.stringify(value);
  return String(value);
}
