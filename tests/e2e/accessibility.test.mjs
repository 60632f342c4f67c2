// Each screen in both colours by the rules of axe, and on a phone.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { accessibilityFindings, newPage, signIn, useBrowser } from './browser.mjs';
import { aFixture } from './gateway.mjs';
import { show, screens } from './screens.mjs';

useBrowser();

let fixture;

before(async () => (fixture = await aFixture()));

for (const colorScheme of ['light', 'dark']) {
  test(`each screen is accessible in its ${colorScheme} colours`, async (t) => {
    const { page, sins } = await newPage({ colorScheme });
    await signIn(page);
    for (const screen of screens) {
      await t.test(screen.name, async () => {
        await show(page, screen, fixture);
        assert.deepEqual(await accessibilityFindings(page), []);
      });
    }
    assert.deepEqual(sins, []);
    await page.context().close();
  });
}

test('no screen is wider than a phone', async (t) => {
  const { page } = await newPage({ viewport: { width: 360, height: 740 } });
  await signIn(page);
  for (const screen of screens) {
    await t.test(screen.name, async () => {
      await show(page, screen, fixture);
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(tooWide <= 0, `${tooWide} px too wide`);
    });
  }
  await page.context().close();
});
