// What people did before you came: an alarm that somebody has seen, some commands.
import { setTimeout as sleep } from 'node:timers/promises';
import { all, must } from './api.mjs';

const COMMANDS = [
  ['/Lamp[0]/nviLamp', { preset: 'ON' }, 'Cleaners come early'],
  ['/Unit Control/nviFanLimit', { preset: 'SHED' }, 'Demand response, test run'],
  ['/Thermostat/nviSetpoint', { value: 22.5 }, 'Guest feels cold'],
];

/** Waits for alarms that nobody has acknowledged, and acknowledges all but the newest. */
export async function acknowledgeAlarms(count) {
  for (let tries = 60; tries > 0; tries--) {
    const waiting = await all('/alarms?state=active&acknowledged=false');
    if (waiting.length >= count) {
      const ids = waiting.slice(1).map(({ id }) => id);
      const comment = 'Limit was turned down by mistake, caretaker is on his way';
      if (ids.length > 0) await must('POST', '/alarms/acknowledge', { ids, comment });
      return;
    }
    await sleep(500);
  }
}

/** Writes a few values, each to another SmartServer. */
export async function writeSomething(smartservers) {
  if (smartservers.length === 0) return;
  for (const [n, [end, what, reason]] of COMMANDS.entries()) {
    const { key } = smartservers[n % smartservers.length];
    const points = await all(`/data-points?smartserver=${key}`);
    const point = points.find(({ name }) => name.endsWith(end));
    if (!point) continue;
    const action = { type: 'write', priority: 255, ...what };
    const command = { action, deadline_ms: 30_000, verify: true, reason };
    await must('POST', `/data-points/${point.id}/writes`, command, { prefer: 'wait=10' });
  }
}
