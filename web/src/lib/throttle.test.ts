import { expect, test, vi } from 'vitest';
import { atMostEvery } from './throttle';

test('the first wish is granted at once, many more as one later', () => {
  vi.useFakeTimers();
  const work = vi.fn();
  const wish = atMostEvery(1000, work);
  for (let i = 0; i < 10; i++) wish();
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(work).toHaveBeenCalledTimes(2);
  wish();
  expect(work).toHaveBeenCalledTimes(3);
  vi.useRealTimers();
});
