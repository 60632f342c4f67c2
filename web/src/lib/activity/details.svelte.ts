import { answer, api } from '../api/client';
import type { ActivityItem, Command, DeviceCommand, SmartServer } from '../api/types';
import { Lookup } from '../lookup.svelte';
import { zone } from '../zone.svelte';
import type { Details } from './story';

/** What stories need beyond their events; kept for as long as the dashboard is open. */
class KnownDetails implements Details {
  #smartservers = new Lookup<SmartServer>((key) =>
    answer(api.GET('/api/v1/smartservers/{key}', { params: { path: { key } } })),
  );
  #jids = new Lookup<string>(
    async (id) => (await answer(api.GET('/api/v1/identities/{id}', { params: { path: { id } } }))).jid,
  );
  #commands = new Lookup<Command>((id) =>
    answer(api.GET('/api/v1/commands/{id}', { params: { path: { id } } })),
  );
  #deviceCommands = new Lookup<DeviceCommand>((id) =>
    answer(api.GET('/api/v1/device-commands/{id}', { params: { path: { id } } })),
  );

  // Nobody else needs it.
  timeZone = (key: string) => (zone.chosen === 'site' ? this.#smartservers.of(key)?.time_zone : undefined);
  jid = (id: string) => this.#jids.of(id);
  command = (id: string) => this.#commands.of(id);
  deviceCommand = (id: string) => this.#deviceCommands.of(id);

  /** Something happened: what is known of it is out of date. */
  happened({ kind, event }: ActivityItem) {
    if (kind === 'command') this.#commands.refresh(event.command_id);
    if (kind === 'device_command') this.#deviceCommands.refresh(event.command_id);
  }
}

export const details = new KnownDetails();
