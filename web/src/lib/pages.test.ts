import { expect, test } from 'vitest';
import { Pages } from './pages.svelte';

/** A list of so many numbers, as the gateway pages it; counts what was asked. */
function numbers(count: number) {
  const asked: number[] = [];
  const page = async (limit: number, cursor: string | undefined) => {
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(limit, count - from) }, (_, i) => from + i);
    return { items, total: count, next_cursor: from + limit < count ? String(from + limit) : null };
  };
  return { asked, page };
}

test('pages follow one another until there are no more', async () => {
  const pages = new Pages(numbers(25).page, 10);
  await pages.restart();
  expect([pages.items?.length, pages.total, pages.hasMore]).toEqual([10, 25, true]);
  await pages.more();
  await pages.more();
  expect([pages.items?.length, pages.items?.at(-1), pages.hasMore]).toEqual([25, 24, false]);
});

test('a reload brings as many as were shown, in few calls', async () => {
  const { asked, page } = numbers(2000);
  const pages = new Pages(page, 100);
  await pages.restart();
  for (let i = 0; i < 6; i++) await pages.more();
  asked.length = 0;
  await pages.reload();
  expect(pages.items?.length).toBe(700);
  expect(asked).toEqual([500, 200]);
});

test('what a later load outran is thrown away, and a failure keeps what is shown', async () => {
  const answers: ((items: string[]) => void)[] = [];
  const pages = new Pages<string>(
    () => new Promise((resolve) => answers.push((items) => resolve({ items }))),
  );
  const both = [pages.restart(), pages.restart()];
  answers[1]?.(['new']);
  answers[0]?.(['old']);
  await Promise.all(both);
  expect(pages.items).toEqual(['new']);

  const failing = new Pages<string>(() => Promise.reject(new Error('away')));
  failing.items = ['kept'];
  await failing.reload();
  expect(failing.items).toEqual(['kept']);
  expect(failing.problem?.detail).toContain('away');
});
