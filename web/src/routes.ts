import type { Component } from 'svelte';
import { match, type Params } from './lib/router';

/** A page gets the parameters of its address. */
// Some pages take `params`, some nothing.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Page = Component<any>;
export type LoadPage = () => Promise<{ default: Page }>;

const alarms: LoadPage = () => import('./pages/alarms/Alarms.svelte');
const console: LoadPage = () => import('./pages/console/Console.svelte');
const notFound: LoadPage = () => import('./pages/NotFound.svelte');
const smartserver: LoadPage = () => import('./pages/smartserver/SmartServer.svelte');

/** The site map. Each page is loaded when it is first visited. */
const ROUTES: [pattern: string, load: LoadPage][] = [
  ['/', () => import('./pages/overview/Overview.svelte')],
  ['/smartservers', () => import('./pages/fleet/Fleet.svelte')],
  ['/smartservers/{key}', smartserver],
  ['/smartservers/{key}/{tab}', smartserver],
  ['/data-points/{id}', () => import('./pages/data-point/DataPoint.svelte')],
  ['/alarms', alarms],
  ['/alarms/{opened}', alarms],
  ['/history', () => import('./pages/history/History.svelte')],
  ['/activity', () => import('./pages/activity/Activity.svelte')],
  ['/console', console],
  ['/settings', () => import('./pages/settings/Settings.svelte')],
  ['/settings/identities', () => import('./pages/settings/Identities.svelte')],
  ['/settings/identities/{id}', () => import('./pages/settings/Session.svelte')],
  ['/settings/api-keys', () => import('./pages/settings/ApiKeys.svelte')],
  ['/settings/poll-groups', () => import('./pages/settings/PollGroups.svelte')],
  ['/settings/unknown-senders', () => import('./pages/settings/UnknownSenders.svelte')],
];

export interface Route {
  load: LoadPage;
  params: Params;
  /** A page is made anew when this changes; its tabs, and what is opened in it, are one page. */
  identity: string;
}

export function routeOf(path: string): Route {
  for (const [pattern, load] of ROUTES) {
    const params = match(pattern, path);
    if (params) return { load, params, identity: identityOf(pattern, params) };
  }
  return { load: notFound, params: {}, identity: path };
}

function identityOf(pattern: string, params: Params): string {
  const named = Object.entries(params).filter(([name]) => name !== 'tab' && name !== 'opened');
  return [pattern.replace(/\/\{(tab|opened)\}/, ''), ...named.map(([, value]) => value)].join(' ');
}
