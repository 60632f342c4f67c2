// Each screen: by the rules of axe in both colours, on a phone, and without a complaint of the browser.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { accessibilityFindings, newPage, settled, signIn, useBrowser } from './browser.mjs';
import { aFixture } from './gateway.mjs';
import { screens, show } from './screens.mjs';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

useBrowser();

let fixture;

before(async () => (fixture = await aFixture()));

test('each screen is accessible in both colours, and no wider than a phone', async (t) => {
  const { page, sins } = await newPage();
  await signIn(page);
  for (const screen of screens) {
    await t.test(screen.name, async () => {
      sins.length = 0;
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(DESK);
      await show(page, screen, fixture);
      const light = await accessibilityFindings(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      await settled(page);
      const dark = await accessibilityFindings(page);
      await page.setViewportSize(PHONE);
      const found = { light, dark, tooWide: await tooWide(page), sins };
      assert.deepEqual(found, { light: [], dark: [], tooWide: [], sins: [] });
    });
  }
  await page.context().close();
});

/** What makes the page wider than its window, if anything does. */
async function tooWide(page) {
  await settled(page);
  return page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const beyond = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 0.5,
    );
    return beyond.slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
  });
}
