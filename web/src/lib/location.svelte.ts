import { tick } from 'svelte';

const here = $state({ path: location.pathname, search: location.search });

/** The address on show; all state that is worth sharing lives in it. */
export const address = {
  get path() {
    return here.path;
  },
  get query() {
    return new URLSearchParams(here.search);
  },
};

function update() {
  here.path = location.pathname;
  here.search = location.search;
}

/** Shows an address: from its top, unless it `stays` where the reader is, as for something opened in a page. */
export function go(to: string, how: 'push' | 'replace' = 'push', stays = false): void {
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to);
  update();
  if (how === 'push' && !stays) void tick().then(() => scrollTo(0, 0));
}

/** Sets or, when empty, drops one parameter of the query without a new history entry. */
export function setQuery(name: string, value: string): void {
  const query = new URLSearchParams(location.search);
  if (value) query.set(name, value);
  else query.delete(name);
  go(location.pathname + (query.size ? `?${query}` : ''), 'replace');
}

addEventListener('popstate', update);

// Plain clicks on links of ours stay in the page; those with `data-stay` do not scroll it.
document.addEventListener('click', (event) => {
  const link = (event.target as Element | null)?.closest('a');
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
  if (!link || modified || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
  if (link.origin !== location.origin || link.pathname.startsWith('/api/') || link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search, 'push', link.dataset.stay !== undefined);
});
