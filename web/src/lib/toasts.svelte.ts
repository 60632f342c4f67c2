import type { Tone } from './words';

export interface Toast {
  id: number;
  text: string;
  tone: Tone;
  /** Takes back what was done. */
  undo?: () => void | Promise<void>;
}

/** Long enough to read it, and to reach the button that takes it back. */
const READ_MS = 6000;
const UNDO_MS = 12_000;
const MOST = 4;

let shown = $state.raw<Toast[]>([]);
let lastId = 0;

export const toasts = {
  get shown() {
    return shown;
  },
};

/** Tells of something that was done, for a while, in a corner. Problems belong to where they arose. */
export function toast(text: string, options: { tone?: Tone; undo?: Toast['undo'] } = {}): void {
  const told = { id: ++lastId, text, tone: options.tone ?? 'good', undo: options.undo };
  shown = [...shown, told].slice(-MOST);
  setTimeout(() => dismiss(told.id), told.undo ? UNDO_MS : READ_MS);
}

export function dismiss(id: number): void {
  shown = shown.filter((told) => told.id !== id);
}
