import { expect, test, vi } from 'vitest';
import { NO_ANSWER, Problem } from './api/problem';
import { Lookup } from './lookup.svelte';

test('each is asked for once, a few at a time', async () => {
  let most = 0;
  let underWay = 0;
  const load = vi.fn(async (name: string) => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay -= 1;
    return name.toUpperCase();
  });
  const lookup = new Lookup(load);
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
  for (const name of [...names, ...names]) expect(lookup.of(name)).toBeUndefined();
  await vi.waitFor(() => expect(names.map((name) => lookup.of(name))).not.toContain(undefined));
  expect(lookup.of('n3')).toBe('N3');
  expect(load).toHaveBeenCalledTimes(20);
  expect(most).toBe(4);
});

test('what cannot be had is not asked for again and again, until somebody wishes so', async () => {
  const load = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue('there');
  const lookup = new Lookup<string>(load);
  lookup.of('x');
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  lookup.of('x');
  await Promise.resolve();
  expect(load).toHaveBeenCalledTimes(1);
  lookup.refresh('x');
  await vi.waitFor(() => expect(lookup.of('x')).toBe('there'));
});

test('what was asked for while the gateway was away is asked for again by whoever shows it', async () => {
  const away = new Problem(0, NO_ANSWER, 'The gateway does not answer');
  const load = vi.fn().mockRejectedValueOnce(away).mockResolvedValue('there');
  const lookup = new Lookup<string>(load);
  lookup.of('x');
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  await vi.waitFor(() => expect(lookup.of('x')).toBe('there'));
  expect(load).toHaveBeenCalledTimes(2);
});
