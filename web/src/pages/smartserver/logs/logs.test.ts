import { describe, expect, test } from 'vitest';
import { earlierPage } from './backwards';
import { levelTone, levelWarning, levelWords } from './log-words';

const at = (...seconds: number[]) => seconds.map((s) => `2026-11-22T10:00:0${s}.000Z`);
const page = (entries: string[], asked: number) => earlierPage(entries, asked, (entry) => entry);

describe('a log gone through backwards', () => {
  test('has its newest entry first, and ends where less comes than was asked for', () => {
    expect(page(at(1, 2), 3)).toEqual({ items: at(2, 1), next_cursor: undefined });
    expect(page([], 3)).toEqual({ items: [], next_cursor: undefined });
  });

  test('leaves entries of the oldest time to the next page, so that none is lost or doubled', () => {
    expect(page(at(1, 2, 2, 3), 4)).toEqual({ items: at(3, 2, 2), next_cursor: at(1)[0] });
  });

  test('goes on before a time that fills a page', () => {
    expect(page(at(1, 1), 2)).toEqual({ items: at(1, 1), next_cursor: '2026-11-22T10:00:00.999Z' });
  });
});

test('a level is told in words, with its entries', () => {
  expect(levelWords({ level_percent: 50.04, total: 2698 })).toBe('50 % full, 2,698 entries');
  expect(levelWords({ level_percent: 0.06, total: 1 })).toBe('Less than 1 % full, 1 entry');
  expect(levelWords(null)).toBe('How full it is was not told');
});

test('only a log that stops when it is full is worth a warning', () => {
  expect(levelTone({ level_percent: 100 }, 'LT_CIRCULAR')).toBe('good');
  expect(levelTone({ level_percent: 85 }, 'LT_HISTORICAL')).toBe('warn');
  expect(levelWarning({ level_percent: 100 }, 'LT_HISTORICAL')).toMatch(/clear it/);
  expect(levelWarning({ level_percent: 10 }, 'LT_HISTORICAL')).toBe('');
});
