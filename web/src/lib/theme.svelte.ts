import { keep, recall } from './keep';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

let chosen = $state<Theme>(recall('theme', THEMES, 'system'));

/** Whose colours are shown: those of the system, or always light or dark. */
export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  choose(wanted: Theme) {
    chosen = wanted;
    keep('theme', wanted);
    apply();
  },
};

function apply() {
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

apply();
