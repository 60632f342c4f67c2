// Poll groups that record, and a past that is fetched from the SmartServers' own data loggers.
import { setTimeout as sleep } from 'node:timers/promises';
import { all, make, must, put } from './api.mjs';

const DAY = 24 * 3600 * 1000;
const PATIENCE = 120_000;
/** How soon after it began, at the latest, a filling has settled which points it is about. */
const SETTLED = 2000;
/** SmartServers whose points stand in a group one by one. */
const MOST = 100;

const record = { record: 'change', min_interval_ms: 0, deadband: null, retention_days: null, backfill: true };

/** Groups of what data loggers log, polled every so many seconds. */
export async function pollWhatIsLogged(smartservers, seconds) {
  const group = { interval_ms: seconds * 1000, history: record };
  const selection = { tag: 'hvac', type: 'SNVT_temp_p', prefix: 'Net/LON/' };
  await make('/poll-groups', { name: 'Temperatures', selection, ...group });
  const items = (await Promise.all(smartservers.slice(0, MOST).map(loggedSecond))).flat();
  if (items.length > 0) await put('/poll-groups', { name: 'Energy, light and air', items, ...group });
}

/** A group of all data points, polled every so many seconds. */
export async function pollEverything(seconds) {
  await make('/poll-groups', {
    name: 'Everything',
    selection: {},
    interval_ms: seconds * 1000,
    history: record,
  });
}

/** What the second data logger logs; the first one logs temperatures. */
async function loggedSecond({ key }) {
  const { items } = await must('GET', `/smartservers/${key}/data-loggers`);
  const logger = items.find(({ name }) => name.endsWith('[1]'));
  return (logger?.logged ?? []).map(({ name }) => ({ smartserver: key, name }));
}

/** Has so many days fetched, if that was not asked for before, and waits for those that are not slow. */
export async function fillHistory(smartservers, days) {
  const to = new Date();
  const time = { from: new Date(to - days * DAY).toISOString(), to: to.toISOString() };
  const [asked, slow] = [[], []];
  for (const { key, health } of smartservers) {
    const before = await all(`/smartservers/${key}/history-gaps`);
    if (before.some(({ reason }) => reason === 'asked')) continue;
    const { id } = await must('POST', `/smartservers/${key}/backfill`, time);
    (health.state === 'online' ? asked : slow).push({ key, id });
  }
  await untilFilled(asked, days);
  await untilBegun(slow);
}

async function untilBegun(gaps) {
  const until = Date.now() + PATIENCE / 4;
  for (let open = gaps; open.length > 0 && Date.now() < until; await sleep(SETTLED)) {
    const states = await Promise.all(open.map(stateOf));
    open = open.filter((_, n) => states[n] === 'open');
  }
}

async function untilFilled(asked, days) {
  const until = Date.now() + PATIENCE;
  let told = 0;
  for (let open = asked; open.length > 0 && Date.now() < until; await sleep(500)) {
    const states = await Promise.all(open.map(stateOf));
    open = open.filter((_, n) => ['open', 'filling'].includes(states[n]));
    const done = asked.length - open.length;
    if (done > told) console.log(`    ${days} days of history of ${done} of ${asked.length} SmartServers`);
    told = done;
  }
}

async function stateOf({ key, id }) {
  return (await all(`/smartservers/${key}/history-gaps`)).find((gap) => gap.id === id)?.state;
}
