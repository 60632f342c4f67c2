/** Somewhere to go. */
export interface Place {
  href: string;
  word: string;
  /** Goes there after `g`. */
  key?: string;
  /** Other words that people look for it by. */
  also?: string;
}

export const PLACES: Place[] = [
  { href: '/', word: 'Overview', key: 'o', also: 'home start dashboard' },
  { href: '/smartservers', word: 'SmartServers', key: 's', also: 'fleet units list' },
  { href: '/alarms', word: 'Alarms', key: 'a', also: 'acknowledge' },
  { href: '/history', word: 'History', key: 'h', also: 'charts trends export' },
  { href: '/activity', word: 'Activity', key: 't', also: 'journal log events timeline' },
  { href: '/console', word: 'Console', key: 'c', also: 'soap chat messages' },
  { href: '/settings', word: 'Settings', key: 'e' },
  { href: '/settings/identities', word: 'Identities', key: 'i', also: 'settings xmpp accounts sessions jid' },
  { href: '/settings/api-keys', word: 'API keys', key: 'k', also: 'settings tokens' },
  { href: '/settings/poll-groups', word: 'Poll groups', key: 'p', also: 'settings polling schedule' },
  { href: '/settings/unknown-senders', word: 'Unknown senders', key: 'u', also: 'settings pushes' },
];
