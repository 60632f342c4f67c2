import type { DeviceOrder, DeviceOutcome, DeviceCommandPhase } from '../../../lib/api/types';
import type { Tone } from '../../../lib/words';

/** How much a command may hurt: it is sent at once, asked about, or asked about with a name to be typed. */
export type Harm = 'none' | 'some' | 'much';

export interface Order {
  word: string;
  group: string;
  /** What it does to the device. */
  meaning: string;
  harm: Harm;
}

const FIND = 'Find the device';
const RUN = 'Run';
const NETWORK = 'Network';
const ASK = 'Ask for its condition';
const POWERLINE = 'Ask on the powerline';

/** Commands to a device, in the order in which people look for them. */
export const ORDERS: Record<DeviceOrder, Order> = {
  wink: {
    word: 'Wink',
    group: FIND,
    meaning: 'It blinks, so that people find it. Nothing else happens to it.',
    harm: 'none',
  },
  send_service_pin: {
    word: 'Send service pin',
    group: FIND,
    meaning: 'It tells its Neuron ID to all on its channel, as if its service pin were pressed.',
    harm: 'none',
  },
  online: {
    word: 'Start the application',
    group: RUN,
    meaning: 'Its application runs (online): it works, and its data points are current.',
    harm: 'some',
  },
  offline: {
    word: 'Stop the application',
    group: RUN,
    meaning:
      'Its application stops (offline): it controls nothing, and its data points stand still until it is started.',
    harm: 'much',
  },
  reset: {
    word: 'Reset',
    group: RUN,
    meaning: 'It restarts. For some seconds it controls nothing, and its outputs may fall to their defaults.',
    harm: 'much',
  },
  commission: {
    word: 'Commission',
    group: NETWORK,
    meaning: 'Its network configuration is loaded into it, and it takes part in the network.',
    harm: 'some',
  },
  decommission: {
    word: 'Decommission',
    group: NETWORK,
    meaning:
      'It is taken out of the network: its data points are lost to the SmartServer until it is commissioned again.',
    harm: 'much',
  },
  fetch_neuron_id: {
    word: 'Take the Neuron ID of the next service pin',
    group: NETWORK,
    meaning:
      'The next device whose service pin is pressed becomes this one, as when a device is replaced. The pin of a wrong device makes that one answer in its place.',
    harm: 'much',
  },
  fetch_program_id: {
    word: 'Read the program ID',
    group: ASK,
    meaning: 'Its program ID is read and kept in the SmartServer.',
    harm: 'none',
  },
  update_cp_defaults: {
    word: 'Read the defaults of its properties',
    group: ASK,
    meaning: 'The defaults of its configuration properties are read and kept in the SmartServer.',
    harm: 'none',
  },
  query_status: {
    word: 'Read its status',
    group: ASK,
    meaning: 'It is asked for its error counters, its state and why it started last.',
    harm: 'none',
  },
  clear_status: {
    word: 'Zero its error counters',
    group: ASK,
    meaning: 'Its error counters and the cause of its last reset are cleared; what they told is lost.',
    harm: 'some',
  },
  repeating_data: {
    word: 'How it is repeated',
    group: POWERLINE,
    meaning: 'It is asked how its messages are repeated on the powerline.',
    harm: 'none',
  },
  powerline_data: {
    word: 'How well it is heard',
    group: POWERLINE,
    meaning: 'It is asked how well it is heard at each frequency.',
    harm: 'none',
  },
  proxy_data: {
    word: 'By whom it is reached',
    group: POWERLINE,
    meaning: 'It is asked by which other devices its messages go.',
    harm: 'none',
  },
  ppn_data: {
    word: 'Data of a PPN network',
    group: POWERLINE,
    meaning: 'It is asked for its data on a powerline network of the PPN kind.',
    harm: 'none',
  },
};

export const GROUPS = [FIND, RUN, NETWORK, ASK, POWERLINE].map((name) => ({
  name,
  orders: (Object.entries(ORDERS) as [DeviceOrder, Order][]).filter(([, { group }]) => group === name),
}));

export const DEVICE_OUTCOME: Record<DeviceOutcome, { word: string; tone: Tone; meaning: string }> = {
  done: { word: 'done', tone: 'good', meaning: 'Done, says the SmartServer.' },
  failed: { word: 'failed', tone: 'bad', meaning: 'The SmartServer tried and failed.' },
  refused: { word: 'refused', tone: 'bad', meaning: 'It was not taken, or was not safe to send.' },
  not_found: { word: 'not found', tone: 'bad', meaning: 'The SmartServer has no such device.' },
  not_sent: { word: 'not sent', tone: 'warn', meaning: 'It never left the gateway. It is safe to repeat.' },
  unknown: {
    word: 'unknown',
    tone: 'warn',
    meaning: 'It was sent, and no end of it was seen: it may have been carried out, or may still be.',
  },
  expired: { word: 'expired', tone: 'warn', meaning: 'Its time was up before it could be sent.' },
};

export const DEVICE_PHASE: Record<DeviceCommandPhase, string> = {
  queued: 'Accepted, waiting for its turn',
  sent: 'Sent, waiting for the SmartServer',
  pending: 'The SmartServer is at work on it',
  finished: 'Finished',
};

/** The fate of a command as a state: its outcome, or how far it has come. */
export function fateOf({ phase, outcome }: { phase: DeviceCommandPhase; outcome?: DeviceOutcome | null }) {
  return outcome
    ? DEVICE_OUTCOME[outcome]
    : { word: 'under way', tone: 'quiet' as Tone, meaning: DEVICE_PHASE[phase] };
}
