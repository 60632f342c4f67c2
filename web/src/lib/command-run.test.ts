import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NO_ANSWER, Problem } from './api/problem';
import { CommandRun } from './command-run.svelte';

const gateway = vi.hoisted(() => ({ POST: vi.fn(), GET: vi.fn() }));
vi.mock('./api/client', () => ({ api: gateway, answer: (call: unknown) => call }));

const command = (finished: boolean) => ({
  id: 'c',
  finished,
  deadline_at: new Date(Date.now() + 30_000).toISOString(),
});
const away = () => Promise.reject(new Problem(0, NO_ANSWER, 'The gateway does not answer'));
const write = { action: { type: 'write' as const, value: 1, priority: 255, propagate: true }, verify: true };

beforeEach(() => {
  vi.useFakeTimers();
  gateway.POST.mockReset().mockResolvedValue(command(false));
  gateway.GET.mockReset();
});
afterEach(() => void vi.useRealTimers());

test('a command is followed through an outage to its end', async () => {
  gateway.GET.mockImplementationOnce(away).mockImplementationOnce(away).mockResolvedValue(command(true));
  const run = new CommandRun('p', () => undefined);
  const done = run.run(write);
  await vi.advanceTimersByTimeAsync(1500);
  expect([run.running, run.problem?.code]).toEqual([true, NO_ANSWER]);
  await vi.advanceTimersByTimeAsync(3000);
  await done;
  expect([run.command?.finished, run.problem, run.running]).toEqual([true, undefined, false]);
});

test('a gateway that stays away is asked no longer than the command lives', async () => {
  gateway.GET.mockImplementation(away);
  const run = new CommandRun('p', () => undefined);
  const done = run.run(write);
  await vi.advanceTimersByTimeAsync(60_000);
  await done;
  expect([run.running, run.problem?.code]).toEqual([false, NO_ANSWER]);
});

test('a write whose answer was lost is sent again under the same key', async () => {
  gateway.POST.mockImplementationOnce(away).mockResolvedValue(command(true));
  const run = new CommandRun('p', () => undefined);
  await run.run(write);
  await run.run(write);
  await run.run(write);
  const keys = gateway.POST.mock.calls.map(([, { params }]) => params.header['Idempotency-Key']);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[1]);
});
