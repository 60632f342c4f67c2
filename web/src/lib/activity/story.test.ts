import { expect, test } from 'vitest';
import type { ActivityItem, Command } from '../api/types';
import { afterColon, storyOf, tellingsOf, worthTelling, type Details } from './story';

const at = '2026-11-22T12:00:00.000Z';
const unit = { smartserver: 'k1', smartserver_id: 's1', smartserver_name: 'Town hall' };
const nothing: Details = {
  timeZone: () => undefined,
  jid: () => undefined,
  command: () => undefined,
  deviceCommand: () => undefined,
};
const known: Details = { ...nothing, timeZone: () => 'Europe/Berlin' };

let lastId = 100;
const item = (kind: ActivityItem['kind'], event: object) =>
  ({ id: --lastId, at, kind, event: { at, ...event } }) as ActivityItem;
const words = (told: ActivityItem, details: Details) =>
  storyOf([told], details)
    .parts.map(({ text }) => text)
    .join('');

test('a change of health says why, and leads to the SmartServer', () => {
  const gone = item('health', { ...unit, state: 'offline', reason: 'No answer since 11:59:00 UTC.' });
  expect(words(gone, known)).toBe('Town hall went offline: no answer since 11:59:00 UTC');
  expect(storyOf([gone], known)).toMatchObject({
    tone: 'bad',
    zone: 'Europe/Berlin',
    parts: [{ href: '/smartservers/k1' }, {}],
  });
});

test.each([
  [{ change: 'raised' }, 'Too warm (22.1 °C) at Town hall'],
  [
    { change: 'acknowledged', user: 'noc', comment: 'seen' },
    'Too warm at Town hall was acknowledged by noc: “seen”',
  ],
  [{ change: 'cleared' }, 'Too warm at Town hall was cleared'],
  [{ change: 'changed', over: true }, 'Too warm at Town hall: its condition is over'],
])('an alarm is told by what became of it', (event, sentence) => {
  const alarm = {
    ...unit,
    id: 'a1',
    smartserver_name: 'Town hall',
    text: 'Too warm',
    value: '22.1',
    unit: '°C',
  };
  expect(words(item('alarm', { ...alarm, ...event }), nothing)).toBe(sentence);
});

test('a command names who wrote what, and its fate', () => {
  const command = {
    action: { type: 'write', value: 21.5 },
    requested_by: 'anna',
    finished: true,
    counts: { verified: 1 },
    items: [{ data_point_id: 'p1', name: 'Net/LON/AHU 1/Room[0]/nviSetpoint' }],
    reason: 'too cold',
  } as unknown as Command;
  const event = item('command', { command_id: 'c1', smartservers: [unit] });
  expect(words(event, known)).toBe('A command at Town hall');
  expect(words(event, { ...known, command: () => command })).toBe(
    'anna wrote 21.5 to Room[0]/nviSetpoint at Town hall: verified, “too cold”',
  );
  const many = {
    ...command,
    action: { type: 'release' },
    counts: { verified: 2, refused: 1 },
    items: [1, 2, 3],
  } as unknown as Command;
  expect(storyOf([event], { ...known, command: () => many }).tone).toBe('bad');
  expect(words(event, { ...known, command: () => many })).toContain('released 3 data points');
  expect(words(event, { ...known, command: () => many })).toContain('2 verified, 1 refused');
});

test('only the latest step of a command is told, and no log-in on its way', () => {
  const step = () => item('command', { command_id: 'c1', smartservers: [unit] });
  const session = (state: string) => item('session', { identity_id: 'i1', state });
  const newestFirst = [step(), session('online'), session('connecting'), session('offline'), step()];
  expect(worthTelling(newestFirst)).toEqual([newestFirst[0], newestFirst[1], newestFirst[3]]);
  const connecting = [session('connecting')];
  expect(worthTelling(connecting)).toEqual(connecting);
});

test('what befalls many SmartServers at once is one story', () => {
  const change = (state: string, reason = 'No answer.') => item('health', { ...unit, state, reason });
  const lost = [1, 2, 3, 4].map(() => change('offline'));
  const tellings = tellingsOf([change('online'), change('online'), ...lost, change('offline', 'It left.')]);
  expect(tellings.map((happening) => happening.length)).toEqual([1, 1, 4, 1]);
  const story = storyOf(tellings[2] ?? [lost[0] as ActivityItem], known);
  expect(story.parts.map(({ text }) => text).join('')).toBe(
    'Town hall, Town hall and 2 more SmartServers went offline: no answer',
  );
});

test('a sentence goes on after a colon', () => {
  expect(afterColon('It left the XMPP server.')).toBe('it left the XMPP server');
  expect(afterColon('AHU 1 is silent.')).toBe('AHU 1 is silent');
});
