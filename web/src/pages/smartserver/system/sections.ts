export interface Section {
  /** As the API calls it. */
  name: string;
  title: string;
  /** What it tells. */
  meaning: string;
  /** Whether it is asked for as soon as the tab is opened: each section costs the SmartServer a call. */
  atOnce: boolean;
}

export const SECTIONS: Section[] = [
  { name: 'time', title: 'Clock', meaning: 'Its time and time servers', atOnce: true },
  { name: 'real_time', title: 'Load and memory', meaning: 'Uptime, processor, memory', atOnce: true },
  { name: 'network', title: 'Network', meaning: 'Its addresses', atOnce: true },
  { name: 'hardware', title: 'Hardware', meaning: 'Flash memory and licence', atOnce: false },
  { name: 'security', title: 'Security', meaning: 'Which ways to it are open', atOnce: false },
  { name: 'mail', title: 'Mail', meaning: 'How it sends mail', atOnce: false },
  { name: 'rtr', title: 'Router', meaning: 'Its LON router', atOnce: false },
  { name: 'rtr_stat', title: 'Router statistics', meaning: 'Packets of its LON router', atOnce: false },
  { name: 'lspa', title: 'Protocol analyser', meaning: 'Its LON protocol analyser', atOnce: false },
];
