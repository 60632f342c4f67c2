// Every screen of the dashboard: what the tests of accessibility and the screenshots walk through.
import { readdirSync } from 'node:fs';
import { settled, WAIT } from './browser.mjs';

/**
 * @typedef {object} Screen
 * @property {string} name names the screenshot
 * @property {string | ((fixture: object) => string)} path its address
 * @property {string} ready a selector that is there once the screen has loaded
 * @property {(page: object, fixture: object) => Promise<void>} [act] what else is done to see it: a dialog
 *   opened, say
 */

const folder = new URL('./screens/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
const lists = await Promise.all(files.sort().map((name) => import(new URL(name, folder))));

/** @type {Screen[]} Those of each file in `screens/`. */
export const screens = lists.flatMap((list) => list.screens);

/** Opens a screen and waits until it has loaded. */
export async function show(page, { path, ready, act }, fixture) {
  await page.goto(typeof path === 'string' ? path : path(fixture));
  await page.locator(ready).first().waitFor(WAIT);
  await act?.(page, fixture);
  await settled(page);
}
