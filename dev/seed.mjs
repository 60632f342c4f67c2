// Tells a gateway, through its API, of an identity and of its SmartServers, and reads their data points.
// With POLL_EVERY it polls all data points about every so many seconds, and remembers what changes. With
// HISTORY_DAYS it also has so many days fetched from the SmartServers, and does what operators do.
// usage: NOCGATE_URL=… NOCGATE_KEY=… BOSH_URL=… [POLL_EVERY=10] [HISTORY_DAYS=7] [ALARMS=2]
//          node dev/seed.mjs IDENTITY_JID PASSWORD FILE_OF_JIDS
// What is there already stays as it is.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { all, make, must } from './seed/api.mjs';
import { fillHistory, pollEverything, pollWhatIsLogged } from './seed/history.mjs';
import { acknowledgeAlarms, writeSomething } from './seed/people.mjs';
import { whereabouts } from './seed/sites.mjs';

const [identityJid, password, file] = process.argv.slice(2);
const { BOSH_URL } = process.env;
const AT_ONCE = 100;
const setting = (name) => Number(process.env[name] || 0);

async function identityId() {
  const known = (await must('GET', '/identities')).items.find(({ jid }) => jid === identityJid);
  const body = { jid: identityJid, password, bosh_urls: [BOSH_URL], plain_on_loopback: false };
  return (known ?? (await must('POST', '/identities', body))).id;
}

async function untilOnline(id) {
  for (let tries = 300; tries > 0; tries--) {
    const { state, reason } = await must('GET', `/identities/${id}/session`);
    if (state === 'online') return;
    if (state === 'refused') throw new Error(`the XMPP server refuses ${identityJid}: ${reason}`);
    await sleep(100);
  }
  throw new Error(`${identityJid} did not come online within 30 s`);
}

/** Waits so many seconds for the inventories, which the gateway reads by itself; some do not answer, or slowly. */
async function untilKnown(seconds) {
  for (const until = Date.now() + seconds * 1000; ;) {
    const smartservers = await all('/smartservers');
    const pending = smartservers.filter(
      (unit) => unit.data_points === 0 && unit.health.failures_in_a_row === 0,
    );
    if (pending.length === 0 || Date.now() > until) return smartservers;
    await sleep(100 + smartservers.length);
  }
}

async function readAll(smartservers) {
  for (let n = 0; n < smartservers.length; n += AT_ONCE) {
    const reads = smartservers.slice(n, n + AT_ONCE).map(({ key }) => ({ smartserver: key, all: true }));
    await must('POST', '/reads', { reads, timeout_ms: 10_000 });
  }
}

async function remember(smartservers, seconds, days) {
  if (days > 0) {
    await pollWhatIsLogged(smartservers, seconds);
    await fillHistory(smartservers, days);
    // The more there is to be told, the longer slow ones are waited for.
    const slow = (await untilKnown(5 * days)).filter(
      ({ id, data_points }) => data_points > 0 && smartservers.every((unit) => unit.id !== id),
    );
    await pollWhatIsLogged([...smartservers, ...slow], seconds);
    await fillHistory(slow, days);
  }
  // Last, since what no data logger logs would have a gap of so many days.
  await pollEverything(days > 0 ? 2 * seconds : seconds);
}

const accounts = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const jids = accounts.map((account) => (account.includes('/') ? account : `${account}/ilon`));
const identity_id = await identityId();
await untilOnline(identity_id);
for (const [number, jid] of jids.entries())
  await make('/smartservers', { jid, identity_id, ...whereabouts(number) });

const days = setting('HISTORY_DAYS');
const found = await untilKnown(5 + jids.length / 20);
const known = found.filter(({ data_points }) => data_points > 0);
for (const { key, health } of found.filter(({ data_points }) => data_points === 0))
  console.log(`    ${key} has not answered yet: ${health.reason}`);
await readAll(known);
const points = known.reduce((sum, { data_points }) => sum + data_points, 0);
console.log(`    ${known.length} of ${found.length} SmartServers answered; ${points} data points`);

if (setting('POLL_EVERY') > 0) await remember(known, setting('POLL_EVERY'), days);
if (days > 0 && known.length > 0) {
  await writeSomething(known.slice(1));
  await acknowledgeAlarms(setting('ALARMS'));
}
