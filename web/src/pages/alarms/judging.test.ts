import { expect, test, vi } from 'vitest';
import { NO_ANSWER, Problem } from '../../lib/api/problem';
import type { Alarm } from '../../lib/api/types';
import { Judging } from './judging.svelte';

interface Call {
  params?: { path: { id: string } };
  body: { ids?: string[] };
}

const post = vi.hoisted(() => vi.fn());
vi.mock('../../lib/api/client', () => ({ api: { POST: post }, answer: (call: unknown) => call }));

const alarms = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `a${i}` }) as Alarm);

/** Answers each call by what it asks for. */
function gateway(respond: (call: Call) => unknown) {
  post.mockReset();
  post.mockImplementation(async (_path: string, call: Call) => respond(call));
  return post.mock.calls;
}

test('more than a hundred are acknowledged a hundred at a time, each with its own fate', async () => {
  const calls = gateway(({ body }) => ({
    alarms: body.ids?.map((id) => ({ id, outcome: id === 'a101' ? 'refused' : 'done', reason: 'no' })),
  }));
  const judging = new Judging();
  await judging.run('acknowledge', alarms(150), ' seen ');
  expect(calls).toHaveLength(2);
  expect(judging.judged).toHaveLength(150);
  expect(judging.judged?.filter(({ outcome }) => outcome !== 'done').map(({ alarm }) => alarm.id)).toEqual([
    'a101',
  ]);
});

test('alarms are cleared one by one, and one that fails does not stop the others', async () => {
  const calls = gateway(({ params }) => {
    const id = params?.path.id;
    if (id === 'a1') throw new Problem(404, 'alarm_unknown', 'No such alarm');
    return { id, outcome: 'done' };
  });
  const judging = new Judging();
  await judging.run('clear', alarms(3), '');
  expect(calls.map(([path]) => path)).toEqual(Array(3).fill('/api/v1/alarms/{id}/clear'));
  expect(judging.judged?.map(({ outcome }) => outcome)).toEqual(['done', 'not_found', 'done']);
});

test('without an answer nobody knows whether it was done', async () => {
  gateway(() => {
    throw new Problem(0, NO_ANSWER, 'The gateway does not answer');
  });
  const judging = new Judging();
  await judging.run('acknowledge', alarms(2), '');
  expect(judging.judged?.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
  expect(judging.running).toBe(false);
});

test.each([
  [422, 'not_sent'],
  [429, 'not_sent'],
  [500, 'unknown'],
  [502, 'unknown'],
  [503, 'unknown'],
  [504, 'unknown'],
])('after an answer %d its fate is %s', async (status, outcome) => {
  gateway(() => {
    throw new Problem(status, `http_${status}`, 'Something went wrong');
  });
  const judging = new Judging();
  await judging.run('acknowledge', alarms(1), '');
  expect(judging.judged?.map((judged) => judged.outcome)).toEqual([outcome]);
});
