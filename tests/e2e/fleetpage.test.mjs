// The table of SmartServers.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { onPage, useBrowser, WAIT } from './browser.mjs';
import { aFixture } from './gateway.mjs';

useBrowser();

let smartserver;

before(async () => ({ smartserver } = await aFixture()));

test('the SmartServers are listed with their health, and searched by the address', async () => {
  await onPage('/smartservers', async (page) => {
    const row = page.getByRole('row').filter({ hasText: smartserver.key });
    await row.waitFor(WAIT);
    assert.match(await row.innerText(), /online/);

    await page.getByRole('searchbox').fill(smartserver.key);
    await page.waitForURL(`**/smartservers?q=${encodeURIComponent(smartserver.key)}`, WAIT);
    await page.getByRole('searchbox').fill('nothing is called so');
    await page.getByText('Nothing fits').waitFor(WAIT);
    await page.getByRole('button', { name: 'Show all' }).click();
    await row.waitFor(WAIT);
  });
});
