// Tells a gateway, through its API, of an identity and of its SmartServers, and reads their data points.
// With POLL_EVERY it polls all data points every so many seconds, and remembers what changes.
// usage: NOCGATE_URL=… NOCGATE_KEY=… BOSH_URL=… [POLL_EVERY=10] node dev/seed.mjs IDENTITY_JID PASSWORD FILE_OF_JIDS
// What is there already stays as it is.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [identityJid, password, file] = process.argv.slice(2);
const { NOCGATE_URL, NOCGATE_KEY, BOSH_URL } = process.env;
const sites = ['Harbour depot', 'North campus', 'Water works', 'Town hall'];

async function call(method, path, body) {
  const response = await fetch(`${NOCGATE_URL}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${NOCGATE_KEY}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(120_000),
  });
  const text = await response.text();
  return { status: response.status, ok: response.ok, json: text ? JSON.parse(text) : null, text };
}

async function must(method, path, body) {
  const answer = await call(method, path, body);
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}

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

async function addSmartServer(jid, number, identity_id) {
  const site = sites[number % sites.length];
  const name = `${site} ${1 + Math.floor(number / sites.length)}`;
  const answer = await call('POST', '/smartservers', { jid, identity_id, name, site, tags: ['simulated'] });
  if (!answer.ok && answer.status !== 409) throw new Error(`${jid}: ${answer.status} ${answer.text}`);
}

async function pollAll(seconds) {
  const history = { record: 'change', min_interval_ms: 0, deadband: null, retention_days: null, backfill: true };
  const group = { name: 'Everything', selection: {}, interval_ms: seconds * 1000, history };
  const answer = await call('POST', '/poll-groups', group);
  if (!answer.ok && answer.status !== 409) throw new Error(`poll group: ${answer.status} ${answer.text}`);
}

async function allSmartServers() {
  const found = [];
  let cursor = '';
  do {
    const page = await must('GET', `/smartservers?limit=1000${cursor && `&cursor=${cursor}`}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

/** Waits a while for the inventories, which the gateway reads by itself; some do not answer, or slowly. */
async function untilKnown() {
  for (let tries = 50; ; tries--) {
    const all = await allSmartServers();
    const pending = all.filter((unit) => unit.data_points === 0 && unit.health.failures_in_a_row === 0);
    if (pending.length === 0 || tries === 0) return all;
    await sleep(100);
  }
}

const accounts = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const jids = accounts.map((account) => (account.includes('/') ? account : `${account}/ilon`));
const id = await identityId();
await untilOnline(id);
for (const [number, jid] of jids.entries()) await addSmartServer(jid, number, id);
if (Number(process.env.POLL_EVERY) > 0) await pollAll(Number(process.env.POLL_EVERY));

const all = await untilKnown();
for (const { key, health } of all.filter(({ data_points }) => data_points === 0))
  console.log(`    ${key} has not answered yet: ${health.reason}`);
const known = all.filter(({ data_points }) => data_points > 0);
const reads = known.map(({ key }) => ({ smartserver: key, all: true }));
if (reads.length > 0) await must('POST', '/reads', { reads, timeout_ms: 10_000 });
const points = known.reduce((sum, { data_points }) => sum + data_points, 0);
console.log(`    ${known.length} of ${all.length} SmartServers answered; ${points} data points`);
