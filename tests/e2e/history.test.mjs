// The explorer of histories.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { newPage, onPage, shows, signIn, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call, write } from './gateway.mjs';

useBrowser();

let point;
let other;

before(async () => {
  const { smartserver, point: writable } = await aFixture();
  point = writable;
  const key = encodeURIComponent(smartserver.key);
  const { items } = await call(`/data-points?smartserver=${key}&type=SNVT_hvac_mode&limit=1`);
  other = items[0];
  await write(point, 55);
});

const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);

test('data points are picked by keyboard, and stand in the address', async () => {
  await onPage('/history?range=1h', async (page) => {
    await page.getByText('Pick data points').waitFor(WAIT);
    const field = page.getByRole('combobox', { name: 'Data points' });
    await field.fill(lastPart(other.name));
    await page
      .getByRole('option')
      .filter({ hasText: lastPart(other.name) })
      .first()
      .waitFor(WAIT);
    await field.press('ArrowDown');
    await field.press('Enter');
    await page.waitForURL(/points=[0-9a-f-]{36}/, WAIT);
    await field.press('Escape');
    await page.getByRole('list', { name: 'Data points shown' }).getByText(lastPart(other.name)).waitFor(WAIT);
    await page
      .locator('figure tbody tr')
      .filter({ hasText: lastPart(other.name) })
      .waitFor(WAIT);

    await page.getByRole('button', { name: `Remove ${lastPart(other.name)}` }).click();
    await page.getByText('Pick data points').waitFor(WAIT);
  });
});

test('several are shown with their axes, hidden, and exported as they stand', async () => {
  await onPage(`/history?points=${point.id},${other.id}&range=1h`, async (page) => {
    await page.locator('figure canvas').nth(1).waitFor(WAIT);
    const line = page.locator('figure tbody').getByRole('button', { name: lastPart(point.name) });
    await line.click();
    await page.waitForURL(`**hide=${point.id}`, WAIT);
    await page
      .locator('figure canvas')
      .nth(1)
      .waitFor({ ...WAIT, state: 'detached' });
    const csv = async () => {
      const downloading = page.waitForEvent('download', WAIT);
      await page.getByRole('button', { name: 'CSV' }).click();
      return readFile(await (await downloading).path(), 'utf8');
    };
    const one = await csv();
    assert.ok(one.includes(other.name) && !one.includes(point.name));
    await line.click();
    await page.locator('figure canvas').nth(1).waitFor(WAIT);
    const both = await csv();
    assert.ok(both.includes(other.name) && both.includes(point.name));
  });
});

test('a data point that nobody knows is no dead end', async () => {
  // Browsers log the answers that say so.
  const { page } = await newPage();
  await signIn(page, `/history?points=${crypto.randomUUID()}`);
  await page.getByRole('alert').waitFor(WAIT);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByText('Pick data points').waitFor(WAIT);
  await page.context().close();
});

async function until(holds) {
  const end = Date.now() + WAIT.timeout;
  while (!(await holds())) assert.ok(Date.now() < end, 'it never came about');
}

/** Light of the lines of the grid, which are most of what is drawn; not a number before anything is. */
function brightness() {
  const canvas = document.querySelector('figure canvas');
  if (!canvas) return NaN;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let light = 0;
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 250) continue;
    light += (data[i] + data[i + 1] + data[i + 2]) / 3;
    count += 1;
  }
  return count === 0 ? NaN : light / count;
}

test('the chart is drawn again for the other theme', async () => {
  await onPage(`/history?points=${point.id}&range=1h`, async (page) => {
    await shows(page, 'figure tbody tr', lastPart(point.name));
    await until(async () => (await page.evaluate(brightness)) > 150);
    await page.emulateMedia({ colorScheme: 'dark' });
    await until(async () => (await page.evaluate(brightness)) < 120);
  });
});
