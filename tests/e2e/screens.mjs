// Every screen of the dashboard: what the tests of accessibility and the screenshots walk through.
import { WAIT } from './browser.mjs';
import { screens as fleetpage } from './screens/fleetpage.mjs';
import { screens as point } from './screens/point.mjs';
import { screens as settings } from './screens/settings.mjs';
import { screens as unit } from './screens/unit.mjs';
import { screens as unit2 } from './screens/unit2.mjs';

/**
 * @typedef {object} Screen
 * @property {string} name names the screenshot
 * @property {string | ((fixture: {smartserver: object, point: object}) => string)} path its address
 * @property {string} ready a selector that is there once the screen has loaded
 * @property {(page: object) => Promise<void>} [act] what else is done to see it: a dialog opened, say
 */

/** @type {Screen[]} */
export const screens = [...fleetpage, ...unit, ...unit2, ...point, ...settings];

/** Opens a screen and waits until it has loaded. */
export async function show(page, { path, ready, act }, fixture) {
  await page.goto(typeof path === 'string' ? path : path(fixture));
  await page.locator(ready).first().waitFor(WAIT);
  await act?.(page);
}
