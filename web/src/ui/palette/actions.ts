import { signOut } from '../../lib/caller.svelte';
import { go } from '../../lib/location.svelte';
import { theme } from '../../lib/theme.svelte';
import { toast } from '../../lib/toasts.svelte';
import { zone } from '../../lib/zone.svelte';

/** Something to do. */
export interface Action {
  word: string;
  also?: string;
  run: () => void;
}

async function leave() {
  await signOut().catch(() =>
    toast('The gateway did not answer, so you are still signed in.', { tone: 'bad' }),
  );
}

export function actions(showShortcuts: () => void): Action[] {
  return [
    { word: 'Acknowledge alarms', run: () => go('/alarms?acknowledged=false') },
    { word: 'Show what is offline', also: 'health', run: () => go('/smartservers?health=offline') },
    { word: 'Register a SmartServer', also: 'add new', run: () => go('/smartservers?add=1') },
    { word: 'Add an identity', also: 'new xmpp account', run: () => go('/settings/identities?edit=new') },
    { word: 'Use dark colours', also: 'theme night', run: () => theme.choose('dark') },
    { word: 'Use light colours', also: 'theme day', run: () => theme.choose('light') },
    { word: 'Use the colours of the system', also: 'theme dark light', run: () => theme.choose('system') },
    { word: 'Show times of this computer', also: 'time zone own mine', run: () => zone.choose('own') },
    { word: 'Show times of each site', also: 'time zone', run: () => zone.choose('site') },
    { word: 'Show times in UTC', also: 'time zone', run: () => zone.choose('utc') },
    { word: 'Show keyboard shortcuts', also: 'help keys', run: showShortcuts },
    {
      word: 'Open the documentation of the API',
      also: 'help swagger',
      run: () => location.assign('/api/docs'),
    },
    { word: 'Sign out', also: 'log out leave', run: () => void leave() },
  ];
}
