// A data point.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { heading, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call, write } from './gateway.mjs';

useBrowser();

let smartserver;
let point;

before(async () => ({ smartserver, point } = await aFixture()));

const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);
const status = '[role=status]';

describe('the write form', () => {
  test('writes a value, shows its outcome and lists it', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      await heading(page, lastPart(point.name)).waitFor(WAIT);
      await page.getByRole('spinbutton', { name: 'Value' }).fill('41');
      await page.getByLabel('Reason').fill('browser test');
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      await shows(page, status, 'verified');
      await shows(page, 'section', /Reading[^]*\b41(\.0+)?\b/);
      const row = page.getByRole('row').filter({ hasText: 'browser test' }).first();
      await row.filter({ hasText: 'verified' }).waitFor(WAIT);
      assert.match(await row.innerText(), /\b41(\.0+)?\b[^]*255/);
    });
  });

  test('holds a data point, says who holds it, and releases it', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      await page.getByText('Nobody holds it', { exact: true }).waitFor(WAIT);
      await page.getByRole('button', { name: 'Hold', exact: true }).click();
      assert.equal(await page.getByLabel('Priority', { exact: true }).inputValue(), '240');
      await page.getByText('Holds against schedules').waitFor(WAIT);
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      await page.getByText('Held at priority 240').waitFor(WAIT);
      await page.getByText(/held by .+ since/).waitFor(WAIT);
      await page.getByRole('button', { name: 'Release' }).click();
      await shows(page, status, /Release\s+verified/);
      await page.getByText('Nobody holds it', { exact: true }).waitFor(WAIT);
    });
  });

  test('asks before a strong write, and lets it be', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      let posts = 0;
      page.on('request', (request) => (posts += Number(request.url().includes('/writes'))));
      await page.getByLabel('Priority', { exact: true }).fill('100');
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('overrides schedules').waitFor(WAIT);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ ...WAIT, state: 'detached' });
      assert.equal(posts, 0);
    });
  });

  test('names what cannot be written and asks nothing of the gateway', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      let posts = 0;
      page.on('request', (request) => (posts += Number(request.url().includes('/writes'))));
      await page.getByRole('spinbutton', { name: 'Value' }).fill('');
      await page.getByLabel('Priority', { exact: true }).fill('256');
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      await page.getByText('Enter a number').waitFor(WAIT);
      await page.getByText('0 (strongest) to 255 (weakest)').waitFor(WAIT);
      assert.equal(posts, 0);
    });
  });

  test('turns a switch on with its level', async () => {
    const key = encodeURIComponent(smartserver.key);
    const { items } = await call(`/data-points?smartserver=${key}&type=SNVT_switch&limit=20`);
    const lamp = items.find(({ direction }) => direction === 'in');
    await onPage(`/data-points/${lamp.id}`, async (page) => {
      await page.getByRole('button', { name: 'On', exact: true }).click();
      await page.getByRole('spinbutton', { name: 'Level' }).fill('40');
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      await shows(page, status, 'verified');
      await shows(page, 'section', /Reading[^]*40\.0\s*%\s*state\s*1/);
    });
  });
});

describe('the history', () => {
  test('follows what happens, with its range in the address', async () => {
    await onPage(`/data-points/${point.id}?range=1h`, async (page) => {
      const legend = page.locator('figure tbody tr').first();
      await shows(page, 'header', 'live');
      await legend.waitFor(WAIT);
      await page.locator('figure canvas').first().waitFor(WAIT);
      assert.equal(await write(point, 63), 'verified');
      await legend.filter({ hasText: /\b63(\.0+)?\b/ }).waitFor(WAIT);

      await page.getByRole('button', { name: '7 d' }).click();
      await page.waitForURL('**?range=7d', WAIT);
      await page.getByRole('button', { name: 'Earlier' }).click();
      await page.waitForURL('**?from=*&to=*', WAIT);
      await page.getByRole('button', { name: 'Live' }).click();
      await page.waitForURL('**?range=7d', WAIT);
      await page.getByRole('button', { name: 'Zoom in' }).click();
      await page.waitForURL('**?range=84h', WAIT);
    });
  });

  test('is zoomed by drawing over it', async () => {
    await onPage(`/data-points/${point.id}?range=1h`, async (page) => {
      const plot = page.locator('figure .u-over').first();
      await plot.waitFor(WAIT);
      await plot.scrollIntoViewIfNeeded();
      const { x, y, width } = await plot.boundingBox();
      await page.mouse.move(x + width / 4, y + 20);
      await page.mouse.down();
      await page.mouse.move(x + width / 2, y + 30, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL('**?from=*&to=*', WAIT);
      const query = new URL(page.url()).searchParams;
      const minutes = (Date.parse(query.get('to')) - Date.parse(query.get('from'))) / 60_000;
      assert.ok(minutes > 12 && minutes < 18, `${minutes} min`);
    });
  });

  test('has a table and a CSV of what is shown', async () => {
    assert.equal(await write(point, 64), 'verified');
    await onPage(`/data-points/${point.id}?range=1h`, async (page) => {
      await page.getByText('Show as table').click();
      const table = page.getByRole('region', { name: 'Values as a table' });
      await table.getByRole('row').nth(1).waitFor(WAIT);

      const downloading = page.waitForEvent('download', WAIT);
      await page.getByRole('link', { name: 'CSV' }).click();
      const download = await downloading;
      assert.match(download.suggestedFilename(), /^[\w-]+_\d{8}-\d{4}_\d{8}-\d{4}Z\.csv$/);
      const text = await readFile(await download.path(), 'utf8');
      assert.match(text, /^smartserver,name,at,value/);
      assert.ok(text.includes(`${point.name},`));
    });
  });
});

test('the configuration is asked of the SmartServer when it is wanted', async () => {
  await onPage(`/data-points/${point.id}`, async (page) => {
    const asked = page.waitForRequest('**/configuration', WAIT);
    await page.getByText('Configuration on the SmartServer').click();
    await asked;
    await page.getByText('Base type').waitFor(WAIT);
  });
});
