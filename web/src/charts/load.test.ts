import { describe, expect, test, vi } from 'vitest';
import type { HistoryAnswer, HistoryQuery, Reading } from '../lib/api/types';
import { csvName } from './csv';
import { HistoryView } from './history-view.svelte';
import { loadHistory, type Ask } from './load';
import { markNear } from './marks';
import { timeLabels } from './ticks';

const DAY = { from: 0, to: 86_400_000 };

function answer(query: HistoryQuery, count: number): HistoryAnswer {
  const point = { smartserver: 's', name: 'n', gaps: [] };
  const items = query.data_points.map(({ id }) =>
    query.raw
      ? { ...point, data_point_id: id ?? '', readings: [] }
      : { ...point, data_point_id: id ?? '', buckets: [{ from: '1970-01-01T00:00:00Z', count }] },
  );
  return { from: query.from ?? '', to: query.to ?? '', items, resolution_ms: query.resolution_ms ?? null };
}

describe('loading', () => {
  test('asks for buckets, and for the readings themselves where they are few', async () => {
    const ask = vi.fn<Ask>(async (query) => answer(query, 700));
    const loaded = await loadHistory(ask, ['a', 'b'], DAY, 900, new AbortController().signal);
    expect(ask.mock.calls.map(([{ raw, resolution_ms }]) => raw ?? resolution_ms)).toEqual([300_000, true]);
    expect(loaded.resolution_ms).toBeNull();
  });

  test('is content with buckets where they are many', async () => {
    const ask = vi.fn<Ask>(async (query) => answer(query, 100_000));
    const loaded = await loadHistory(ask, ['a'], DAY, 900, new AbortController().signal);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(loaded.resolution_ms).toBe(300_000);
  });
});

describe('a view', () => {
  test('gives up the load before', async () => {
    const signals: AbortSignal[] = [];
    const ask: Ask = (query, signal) => {
      signals.push(signal);
      return new Promise((resolve, reject) => {
        if (query.data_points[0]?.id === 'new') resolve(answer(query, 1e6));
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    };
    const view = new HistoryView(ask);
    const former = view.load(['old'], DAY, 900);
    await Promise.all([former, view.load(['new'], DAY, 900)]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(view.data?.items[0]?.data_point_id).toBe('new');
    expect(view.problem).toBeUndefined();
    expect(view.loading).toBe(false);
  });

  test('keeps what it shows when a load fails', async () => {
    let fails = false;
    const view = new HistoryView(async (query) => {
      if (fails) throw new Error('away');
      return answer(query, 1e6);
    });
    await view.load(['a'], DAY, 900);
    fails = true;
    await view.load(['a'], DAY, 900);
    expect(view.data?.items).toHaveLength(1);
    expect(view.problem?.detail).toContain('away');
  });

  test('adds readings that say something else', async () => {
    const view = new HistoryView(async (query) => answer(query, 0));
    await view.load(['a'], DAY, 900);
    const reading = (value: number, second: number) =>
      ({
        data_point_id: 'a',
        value,
        quality: 'good',
        source: 'poll',
        received_at: `1970-01-02T00:00:0${second}Z`,
      }) as Reading;
    view.take([reading(1, 1)]);
    view.take([reading(1, 2)]);
    view.take([reading(2, 3)]);
    view.take([reading(9, 1), { ...reading(5, 5), data_point_id: 'b' }]);
    expect(view.data?.items[0]?.readings?.map(({ value }) => value)).toEqual([1, 2]);
  });
});

test('a file is named by what it holds', () => {
  expect(csvName('Room 1/nvoTemp[0]', '2026-11-21T08:15:00.000Z', '2026-11-22T08:15:00.000Z')).toBe(
    'Room-1-nvoTemp-0_20261121-0815_20261122-0815Z.csv',
  );
});

test('the nearest mark within reach is told', () => {
  const marks = [10, 14, 30].map((at) => ({ at, tone: 'good' as const, text: '' }));
  expect(markNear(marks, 13, 5)?.at).toBe(14);
  expect(markNear(marks, 22, 5)).toBeUndefined();
});

test('times are labelled in 24 hours, with the day where it changes', () => {
  const marks = ['22:00', '23:00', '24:00', '25:00'].map((clock) =>
    Date.UTC(2026, 10, 21, Number(clock.slice(0, 2))),
  );
  expect(timeLabels(marks, 3_600_000, 'UTC')).toEqual(['22:00\n21 Nov', '23:00', '00:00\n22 Nov', '01:00']);
  expect(timeLabels(marks.slice(0, 1), 86_400_000, 'Asia/Tokyo')).toEqual(['22 Nov']);
  expect(timeLabels(marks.slice(0, 1), 10_000, 'UTC')).toEqual(['22:00:00\n21 Nov']);
});
