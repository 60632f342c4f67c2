import type { Component } from 'svelte';
import type { SmartServer } from '../../lib/api/types';

export type TabBody = Component<{ smartserver: SmartServer }>;

export interface UnitTab {
  /** What stands behind the SmartServer's key in the address; nothing for the first. */
  name: string;
  word: string;
  load: () => Promise<{ default: TabBody }>;
}

/** The tabs of a SmartServer; each is loaded when it is first opened. */
export const TABS: UnitTab[] = [
  { name: '', word: 'Overview', load: () => import('./overview/UnitOverview.svelte') },
  { name: 'inventory', word: 'Data points', load: () => import('./inventory/Inventory.svelte') },
  { name: 'devices', word: 'Devices', load: () => import('./devices/Devices.svelte') },
  { name: 'data-loggers', word: 'Data loggers', load: () => import('./data-loggers/DataLoggers.svelte') },
  { name: 'alarms', word: 'Alarms', load: () => import('./alarms/UnitAlarms.svelte') },
  { name: 'commands', word: 'Commands', load: () => import('./commands/Commands.svelte') },
  { name: 'system', word: 'System', load: () => import('./system/System.svelte') },
  { name: 'console', word: 'Console', load: () => import('../console/UnitConsole.svelte') },
  { name: 'traffic', word: 'Traffic', load: () => import('../console/Traffic.svelte') },
];

/** The address of a SmartServer's tab. */
export function tabHref(key: string, tab = ''): string {
  return `/smartservers/${encodeURIComponent(key)}${tab && `/${tab}`}`;
}
