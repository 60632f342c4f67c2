import { expect, test, vi } from 'vitest';
import { Traffic } from './traffic.svelte';

test('who left while the reason of a break was asked for listens no more', async () => {
  vi.useFakeTimers();
  const sources: { onerror?: () => void; close: () => void }[] = [];
  class Source {
    close = vi.fn();
    addEventListener = vi.fn();
    constructor() {
      sources.push(this);
    }
  }
  let told: (response: Response) => void = () => undefined;
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (told = resolve)));

  const leave = new Traffic('unit').listen();
  sources[0]?.onerror?.();
  leave();
  told(new Response('{}'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sources).toHaveLength(1);

  vi.unstubAllGlobals();
  vi.useRealTimers();
});
