import { expect, test } from 'vitest';
import type { Command, CommandItem } from '../../../lib/api/types';
import { actionWords, commandFate, itemFate } from './command-words';

const item = (more: Partial<CommandItem> = {}): CommandItem => ({
  data_point_id: '1',
  name: 'Net/LON/AHU 1/Return Air[0]/nviHighLimit',
  phase: 'finished',
  outcome: 'verified',
  smartserver: 'a',
  updated_at: '2026-11-22T10:00:00Z',
  ...more,
});

const command = (more: Partial<Command> = {}): Command => ({
  id: '1',
  action: { type: 'write', value: 21, priority: 255, propagate: true },
  counts: { verified: 1 },
  created_at: '2026-11-22T10:00:00Z',
  deadline_at: '2026-11-22T10:01:00Z',
  finished: true,
  items: [item()],
  requested_by: 'lab',
  verify: true,
  ...more,
});

test('an action names its one data point, counts several, and tells a strong priority', () => {
  expect(actionWords(command())).toBe('Wrote 21 to Return Air[0]/nviHighLimit');
  expect(actionWords(command({ items: [item(), item()] }))).toBe('Wrote 21 to 2 data points');
  const strong = { type: 'write' as const, preset: 'ON', priority: 100, propagate: true };
  expect(actionWords(command({ action: strong }))).toMatch(/^Wrote ON to .*, priority 100$/);
  expect(actionWords(command({ action: { type: 'release', priority: 240 } }))).toMatch(
    /^Released Return Air/,
  );
});

test('a command has the outcome of its points, or says that they differ', () => {
  expect(commandFate(command()).word).toBe('verified');
  expect(commandFate(command({ counts: { verified: 1, refused: 2 } }))).toMatchObject({
    word: 'mixed',
    tone: 'bad',
  });
  expect(commandFate(command({ finished: false, counts: { sent: 1 } })).word).toBe('under way');
});

test('a point without an outcome says how far it is', () => {
  expect(itemFate(item({ outcome: null, phase: 'sent' }))).toMatchObject({
    word: 'under way',
    meaning: 'Sent, waiting for the SmartServer',
  });
});
