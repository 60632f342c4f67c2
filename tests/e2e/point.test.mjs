// A data point.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { heading, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture } from './gateway.mjs';

useBrowser();

let point;

before(async () => ({ point } = await aFixture()));

const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);

describe('the write form', () => {
  test('writes a value and shows its outcome', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      await heading(page, lastPart(point.name)).waitFor(WAIT);
      await page.getByRole('spinbutton', { name: 'Value' }).fill('41');
      await page.getByLabel('Reason').fill('browser test');
      await page.getByRole('button', { name: 'Write' }).click();
      await shows(page, '[role=status]', 'verified');
      await shows(page, 'section', /Reading[^]*\b41(\.0+)?\b/);
    });
  });

  test('holds a data point at a stronger priority, and releases it', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      await page.getByText('Nobody holds it').waitFor(WAIT);
      await page.getByLabel('Priority').fill('240');
      await page.getByRole('button', { name: 'Write' }).click();
      await page.getByText('Held at priority 240').waitFor(WAIT);
      await page.getByRole('button', { name: 'Release' }).click();
      await shows(page, '[role=status]', /Release\s+verified/);
      await page.getByText('Nobody holds it').waitFor(WAIT);
    });
  });

  test('names what cannot be written and asks nothing of the gateway', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      let posts = 0;
      page.on('request', (request) => (posts += Number(request.url().includes('/writes'))));
      await page.getByRole('spinbutton', { name: 'Value' }).fill('');
      await page.getByLabel('Priority').fill('256');
      await page.getByRole('button', { name: 'Write' }).click();
      await page.getByText('Enter a number').waitFor(WAIT);
      await page.getByText('0 (strongest) to 255 (weakest)').waitFor(WAIT);
      assert.equal(posts, 0);
    });
  });
});
