import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
  type VirtualItem,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';

interface Options {
  /** How many rows there are in all. */
  count: () => number;
  /** Height of one, in pixels. */
  heightOf: (index: number) => number;
  /** What sticks to the top of the window and covers rows, in pixels. */
  covered?: number;
}

/** Rows beyond the edges of the window that exist all the same. */
const OVERSCAN = 8;

/** A long list that scrolls with the window; only the rows near the window exist. */
export class VirtualRows {
  #top = $state(0);
  /** The rows that shall exist, by index. */
  shown = $state.raw<VirtualItem[]>([]);
  /** Distance of the first of them from the top of the list, in pixels. */
  readonly offset = $derived((this.shown[0]?.start ?? 0) - this.#top);
  /** Of the whole list, in pixels. */
  height = $state(0);
  #virtualizer: Virtualizer<Window, Element>;

  constructor(private readonly options: Options) {
    this.#virtualizer = new Virtualizer(this.#settings());
  }

  /** Ties the list to its element, which must be `height` high: `{@attach rows.list}`. */
  list = (element: HTMLElement) => {
    // Whatever grows or goes above the list moves it.
    const moved = new ResizeObserver(() => (this.#top = element.getBoundingClientRect().top + scrollY));
    moved.observe(document.body);
    const unmount = this.#virtualizer._didMount();
    $effect(() => {
      this.#virtualizer.setOptions(this.#settings());
      this.#virtualizer.measure();
      this.#virtualizer._willUpdate();
      this.#update();
    });
    return () => {
      moved.disconnect();
      unmount();
    };
  };

  /** Brings a row into view; to the middle of the window if asked to, else by as little as it takes. */
  show(index: number, where: 'center' | 'auto' = 'auto') {
    this.#virtualizer.scrollToIndex(index, { align: where });
  }

  #settings(): VirtualizerOptions<Window, Element> {
    const { count, heightOf, covered = 0 } = this.options;
    return {
      count: count(),
      estimateSize: heightOf,
      overscan: OVERSCAN,
      scrollMargin: this.#top,
      scrollPaddingStart: covered,
      initialOffset: () => scrollY,
      getScrollElement: () => window,
      scrollToFn: windowScroll,
      observeElementRect: observeWindowRect,
      observeElementOffset: observeWindowOffset,
      onChange: () => this.#update(),
    };
  }

  #update() {
    this.shown = this.#virtualizer.getVirtualItems();
    this.height = this.#virtualizer.getTotalSize();
  }
}
