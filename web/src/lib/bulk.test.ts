import { expect, test, vi } from 'vitest';
import { Problem } from './api/problem';
import { BulkRun } from './bulk.svelte';

/** Work that ends when the test says so, and counts how many are under way. */
function heldWork() {
  const open: { target: number; end: () => void }[] = [];
  let most = 0;
  const work = (target: number) =>
    new Promise<undefined>((resolve) => {
      open.push({ target, end: () => resolve(undefined) });
      most = Math.max(most, open.length);
    });
  const endFirst = async () => {
    open.shift()?.end();
    await settled();
  };
  return { open, work, endFirst, most: () => most };
}

/** Once all that can go on has gone on. */
const settled = () => new Promise((resolve) => setTimeout(resolve));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

test('never more than so many are under way, and each has its turn once', async () => {
  const { work, open, endFirst, most } = heldWork();
  const run = new BulkRun(numbers(25), work, 4);
  const end = run.start();
  expect([open.length, run.waiting, run.running]).toEqual([4, 21, true]);
  while (open.length > 0) await endFirst();
  await end;
  expect(most()).toBe(4);
  expect(run.running).toBe(false);
  expect(run.outcomes.map(({ target }) => target).sort((a, b) => a - b)).toEqual(numbers(25));
});

test('cancelled, it begins no more, waits for what is under way, and can go on', async () => {
  const { work, open, endFirst } = heldWork();
  const run = new BulkRun(numbers(10), work, 2);
  const end = run.start();
  await endFirst();
  run.cancel();
  expect(run.running).toBe(true);
  while (open.length > 0) await endFirst();
  await end;
  expect([run.outcomes.length, run.waiting, run.cancelled]).toEqual([3, 7, true]);

  const rest = run.start();
  while (open.length > 0) await endFirst();
  await rest;
  expect([run.outcomes.length, run.waiting, run.cancelled]).toEqual([10, 0, false]);
});

test('each has an outcome with its reason, and the failed ones are tried again', async () => {
  let away = true;
  const run = new BulkRun(['fine', 'same', 'away', 'broken'], async (target) => {
    if (target === 'same') return { skipped: true, words: 'nothing to do' };
    if (target === 'broken') throw new Problem(502, 'smartserver_fault', 'Fault', 'it says no');
    if (target === 'away' && away) throw new Problem(504, 'deadline_exceeded', 'No answer');
    return { words: 'done' };
  });
  await run.start();
  const told = () =>
    Object.fromEntries(run.outcomes.map(({ target, state, words }) => [target, [state, words]]));
  expect(told()).toEqual({
    fine: ['done', 'done'],
    same: ['skipped', 'nothing to do'],
    away: ['failed', 'No answer'],
    broken: ['failed', 'it says no'],
  });

  away = false;
  await run.retry();
  expect(run.failed.map(({ target }) => target)).toEqual(['broken']);
  expect(run.outcomes).toHaveLength(4);
});

test('only what was done is taken back', async () => {
  const takenBack = vi.fn();
  const run = new BulkRun(numbers(4), async (target) => {
    if (target === 3) throw new Error('no');
    return target === 0 ? { skipped: true } : { undo: async () => takenBack(target) };
  });
  await run.start();
  const back = run.takeBack();
  expect(back.total).toBe(2);
  await back.start();
  expect(takenBack.mock.calls).toEqual([[1], [2]]);
});

test('nobody signed in: the others are not tried', async () => {
  const work = vi.fn().mockRejectedValue(new Problem(401, 'unauthenticated', 'Sign in'));
  const run = new BulkRun(numbers(50), work, 4);
  await run.start();
  expect(work).toHaveBeenCalledTimes(4);
  expect(run.waiting).toBe(46);
});
