import type { Device } from '../../../lib/api/types';
import type { Tone } from '../../../lib/words';

export const BUS: Record<Device['bus'], string> = {
  lon: 'LON',
  modbus: 'Modbus',
  mbus: 'M-Bus',
  virtual: 'virtual',
};

export type DeviceState = 'fault' | 'decommissioned' | 'stopped' | 'unknown' | 'running';

interface Words {
  word: string;
  tone: Tone;
  meaning: string;
}

/** States of a device, the worst first. */
export const STATE: Record<DeviceState, Words> = {
  fault: { word: 'fault', tone: 'bad', meaning: 'The SmartServer cannot tell about it.' },
  decommissioned: {
    word: 'decommissioned',
    tone: 'warn',
    meaning: 'It takes no part in its network until it is commissioned.',
  },
  stopped: {
    word: 'stopped',
    tone: 'warn',
    meaning: 'It is commissioned, but its application does not run (offline).',
  },
  unknown: { word: 'not told', tone: 'quiet', meaning: 'Its bus tells no state of its devices.' },
  running: {
    word: 'running',
    tone: 'good',
    meaning: 'It is commissioned, and its application runs (online).',
  },
};

export const STATES = Object.keys(STATE) as DeviceState[];

type Told = Pick<Device, 'fault' | 'commission_status' | 'application_status'>;

export function stateOf({ fault, commission_status, application_status }: Told): DeviceState {
  if (fault) return 'fault';
  if (commission_status === 'DECOMMISSIONED') return 'decommissioned';
  if (application_status === 'APP_STOPPED') return 'stopped';
  return application_status === 'APP_RUNNING' ? 'running' : 'unknown';
}

/** Where it is on its bus: "subnet 1, node 3" on LON. */
export function addressOf({ addresses }: Pick<Device, 'addresses'>): string {
  return addresses
    .map(({ subnet, node, address, ip_address, secondary_address }) =>
      [
        subnet != null && `subnet ${subnet}`,
        node != null && `node ${node}`,
        ip_address,
        address,
        secondary_address && `(${secondary_address})`,
      ]
        .filter(Boolean)
        .join(', '),
    )
    .filter(Boolean)
    .join('; ');
}

export interface DeviceFilter {
  q: string;
  state: DeviceState | '';
}

/** Those that fit, the worst first where no state is asked for. */
export function fitting(devices: Device[], { q, state }: DeviceFilter): Device[] {
  const wanted = q.trim().toLowerCase();
  const has = (device: Device) =>
    [device.name, device.description, device.neuron_id, device.program_id, device.geo_position].some((text) =>
      text?.toLowerCase().includes(wanted),
    );
  return devices
    .filter((device) => (!state || stateOf(device) === state) && (!wanted || has(device)))
    .map((device) => ({ device, isWrong: STATE[stateOf(device)].tone === 'good' ? 1 : 0 }))
    .sort((a, b) => a.isWrong - b.isWrong)
    .map(({ device }) => device);
}
