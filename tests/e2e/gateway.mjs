// The gateway under test, as an API client sees it.
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

function needed(name) {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: the browser test needs a running gateway and an API key for it`);
  return value;
}

export const url = needed('NOCGATE_URL').replace(/\/$/, '');
export const key = needed('NOCGATE_KEY');

export async function call(path, options = {}) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...options.headers };
  const response = await fetch(`${url}/api/v1${path}`, { ...options, headers });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Writes a value and waits for the command's end. */
export async function write(point, value) {
  const command = await call(`/data-points/${point.id}/writes`, {
    method: 'POST',
    headers: { prefer: 'wait=30' },
    body: JSON.stringify({
      action: { type: 'write', value, priority: 255 },
      deadline_ms: 30_000,
      verify: true,
    }),
  });
  return command.items[0].outcome;
}

/** The first SmartServer that is online and has data points. */
export async function onlineSmartServer() {
  const { items } = await call('/smartservers?limit=100');
  const found = items.find((item) => item.health.state === 'online' && item.data_points > 0);
  if (!found) throw new Error('no SmartServer is online with data points');
  return found;
}

/**
 * A percentage of this SmartServer that takes 0 to 100 and keeps what is written at the weakest priority: no
 * alarm and no schedule has to do with it.
 */
export async function writableNumber(smartserver) {
  const key = encodeURIComponent(smartserver.key);
  await call('/reads', {
    method: 'POST',
    body: JSON.stringify({ reads: [{ smartserver: smartserver.key, all: true }] }),
  });
  const { items } = await call(`/data-points?smartserver=${key}&limit=100`);
  const numbers = items.filter(({ direction, type }) => direction !== 'out' && type === 'SNVT_lev_percent');
  for (const point of numbers) {
    if ((await write(point, 20)) === 'verified') return point;
  }
  throw new Error(`none of the ${numbers.length} numbers of ${smartserver.key} could be written`);
}

/** A number of this SmartServer that its device measures, and that moves. */
export async function measuredNumber(smartserver) {
  const { items } = await call(`/data-points?smartserver=${encodeURIComponent(smartserver.key)}&limit=1000`);
  const found = items.find(
    ({ name, type }) => type === 'SNVT_temp_p' && name.endsWith('Return Air[0]/nvoTemp'),
  );
  if (!found) throw new Error(`${smartserver.key} has no return air`);
  return found;
}

/** Does something while the XMPP server is dead, and waits until all is as it was. */
export async function withoutXmppServer(act) {
  const down = needed('XMPP_DOWN');
  const online = async () => (await call('/smartservers?limit=1&health=online')).total;
  const before = await online();
  writeFileSync(down, '');
  try {
    await act();
  } finally {
    rmSync(down);
    for (let tries = 240; tries > 0 && (await online()) < before; tries--) await sleep(250);
  }
}

/** Up to three temperatures that make a picture. */
async function temperatures({ key }) {
  const query = new URLSearchParams({ smartserver: key, q: 'nvoTemp', limit: '3' });
  return (await call(`/data-points?${query}`)).items;
}

let fixture;

/**
 * A SmartServer that is online, a number of it that can be written (`point`), and one that is measured
 * (`measured`), and some temperatures; found once.
 */
export function aFixture() {
  fixture ??= onlineSmartServer().then(async (smartserver) => ({
    smartserver,
    point: await writableNumber(smartserver),
    measured: await measuredNumber(smartserver),
    temperatures: await temperatures(smartserver),
  }));
  return fixture;
}
