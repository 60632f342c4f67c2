import { createSubscriber } from 'svelte/reactivity';

const ticking = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** The time now; whoever reads it while rendering is rendered again every second. */
export function now(): number {
  ticking();
  return Date.now();
}
