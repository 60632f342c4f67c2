import type { Quality } from '../../../lib/api/types';
import { QUALITY } from '../../../lib/words';

/** `wrong` stands for every quality that somebody should look at. */
export type QualityFilter = '' | 'wrong' | Quality;

const QUALITIES = Object.keys(QUALITY) as Quality[];

/** Worst first, as they are told. */
export const WRONG: readonly Quality[] = ['alarm', 'fault', 'invalid', 'offline', 'stale'];

export function qualityFilter(text: string | null): QualityFilter {
  return text === 'wrong' ? text : (QUALITIES.find((quality) => quality === text) ?? '');
}

export function fits(filter: QualityFilter, quality: Quality): boolean {
  if (filter === '') return true;
  return filter === 'wrong' ? WRONG.includes(quality) : filter === quality;
}

export interface Part {
  text: string;
  hit: boolean;
}

/** A text in parts, of which those that fit a search are to be marked. */
export function parted(text: string, q: string): Part[] {
  if (!q) return [{ text, hit: false }];
  const parts: Part[] = [];
  const [low, wanted] = [text.toLowerCase(), q.toLowerCase()];
  let from = 0;
  // A letter whose small form is longer would shift all that follows.
  while (low.length === text.length) {
    const at = low.indexOf(wanted, from);
    if (at < 0) break;
    if (at > from) parts.push({ text: text.slice(from, at), hit: false });
    parts.push({ text: text.slice(at, at + q.length), hit: true });
    from = at + q.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), hit: false });
  return parts;
}

/** The last part of a path, marked also where what was searched for begins in the parts before. */
export function partedEnd(path: string, label: string, q: string): Part[] {
  if (!path.endsWith(label)) return parted(label, q);
  let skip = path.length - label.length;
  const parts: Part[] = [];
  for (const { text, hit } of parted(path, q)) {
    if (skip < text.length) parts.push({ text: text.slice(skip), hit });
    skip = Math.max(0, skip - text.length);
  }
  return parts;
}
