import type { SystemInfo } from '../../../lib/api/types';
import { bytes, uptime, utcOffset } from './system-words';

export type Fact = [name: string, text: string];

/** What is understood of a section; what the SmartServer did not tell is left out. */
export function factsOf({ time, real_time, network }: SystemInfo): Fact[] {
  const facts: [string, string | null | undefined][] = [];
  const add = <T>(name: string, value: T | null | undefined, words: (value: T) => string) =>
    facts.push([name, value == null ? undefined : words(value)]);
  if (time) {
    add('Local time', time.system_time, (text) => text.replace('T', ' '));
    add('Time zone', time.time_zone, String);
    add('Offset', time.offset_minutes, utcOffset);
    add('Daylight saving', time.daylight_saving, (has) => (has ? 'observed' : 'not observed'));
    add('Last synchronised', time.last_synchronised, String);
    facts.push(['Time servers', time.time_servers.join(', ') || 'none']);
  }
  if (real_time) {
    add('Up for', real_time.minutes_since_boot, uptime);
    add('Processor', real_time.cpu_percent, (percent) => `${percent} % busy`);
    add('Free memory', real_time.free_ram_bytes, bytes);
    add('Largest free block', real_time.largest_ram_block_bytes, bytes);
    add('Free flash', real_time.free_flash_bytes, bytes);
  }
  if (network) {
    facts.push(['Addresses', network.addresses.join(', ') || 'none']);
    add('Netmask', network.netmask, String);
    add('Gateway', network.gateway, String);
    facts.push(['Name servers', network.dns.join(', ') || 'none']);
    add('Host name', network.host_name, String);
    add('MAC ID', network.mac, String);
  }
  return facts.filter((fact): fact is Fact => fact[1] !== undefined && fact[1] !== null);
}
