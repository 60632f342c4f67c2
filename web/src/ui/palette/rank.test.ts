import { expect, test } from 'vitest';
import { best, rank } from './rank';

test('all words have to be there, in any order', () => {
  expect(rank('Use dark colours', 'colours dark')).toBeGreaterThan(0);
  expect(rank('Use dark colours', 'dark blue')).toBe(0);
  expect(rank('Plant (roof)', '(roof')).toBeGreaterThan(0);
});

test('what begins as typed comes first, then what has a word that does', () => {
  const texts = ['Unknown senders', 'Poll groups', 'Group a poll', 'Use light colours'];
  expect(best(texts, 'poll', (text) => text)).toEqual(['Poll groups', 'Group a poll']);
  expect(best(texts, 'se', (text) => text)).toEqual(['Unknown senders', 'Use light colours']);
  expect(best(texts, ' ', (text) => text)).toEqual(texts);
});
