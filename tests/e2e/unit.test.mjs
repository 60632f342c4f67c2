// A SmartServer.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { heading, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, write } from './gateway.mjs';

useBrowser();

let smartserver;
let point;

before(async () => ({ smartserver, point } = await aFixture()));

test('a SmartServer opens with the values of its data points', async () => {
  await onPage('/smartservers', async (page) => {
    await page.getByRole('link', { name: smartserver.name, exact: true }).first().click();
    await heading(page, smartserver.name).waitFor(WAIT);
    const row = page.getByRole('row').filter({ has: page.locator(`a[href="/data-points/${point.id}"]`) });
    await row.filter({ hasText: /\d/ }).waitFor(WAIT);
    await row.filter({ hasText: 'good' }).waitFor(WAIT);
  });
});

test('a write by someone else shows without a reload', async () => {
  await onPage(`/smartservers/${smartserver.key}?q=${encodeURIComponent(point.name)}`, async (page) => {
    const row = page.getByRole('row').filter({ has: page.locator(`a[href="/data-points/${point.id}"]`) });
    await row.waitFor(WAIT);
    await shows(page, 'header', 'live');
    for (const value of [31, 32]) {
      assert.equal(await write(point, value), 'verified');
      await row.filter({ hasText: new RegExp(`\\b${value}(\\.0+)?\\b`) }).waitFor(WAIT);
    }
  });
});
