// A SmartServer.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { heading, newPage, onPage, shows, signIn, useBrowser, WAIT } from './browser.mjs';
import { aFixture, write } from './gateway.mjs';

useBrowser();

let smartserver;
let point;
let at;

before(async () => {
  ({ smartserver, point } = await aFixture());
  at = `/smartservers/${encodeURIComponent(smartserver.key)}`;
});

const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);
const parent = (name) => name.slice(0, name.lastIndexOf('/'));
const rowOf = (page, { id }) =>
  page.getByRole('row').filter({ has: page.locator(`a[href="/data-points/${id}"]`) });
const branch = (page, name) => page.getByRole('row').filter({ has: page.getByRole('button', { name }) });

describe('the overview', () => {
  test('is reached from the fleet, and tells health, round trips and what it belongs to', async () => {
    await onPage('/smartservers', async (page) => {
      await page.getByRole('link', { name: smartserver.name, exact: true }).first().click();
      await heading(page, smartserver.name).waitFor(WAIT);
      await shows(page, 'header', 'online');
      await page.getByRole('img', { name: /of the last \d+ calls|The last call/ }).waitFor(WAIT);
      await shows(page, 'section', /Presence\s+available/);
      await shows(page, 'section', /Identity\s+\S+@\S+\s+online/);
      await page.getByText(smartserver.jid, { exact: true }).waitFor(WAIT);
    });
  });

  test('of a SmartServer that is not there says so', async () => {
    const { page, sins } = await newPage();
    await signIn(page, '/smartservers/nobody-knows-it');
    await shows(page, '[role=alert]', 'spelt differently');
    // The browser logs the answer 404, and nothing else went wrong.
    assert.deepEqual([...new Set(sins.map((sin) => /\b404\b/.test(sin)))], [true]);
    await page.context().close();
  });
});

describe('the actions', () => {
  test('ping tells how each way answered', async () => {
    await onPage(at, async (page) => {
      await page.getByRole('button', { name: 'Ping', exact: true }).click();
      for (const way of ['SOAP', 'Chat', 'disco#info']) {
        await shows(page, 'section li', new RegExp(`${way}\\s+answered\\s+[\\d.]+ m?s`));
      }
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByText('disco#info').waitFor({ ...WAIT, state: 'detached' });
    });
  });

  test('sync and reading all tell what came of them', async () => {
    await onPage(at, async (page) => {
      await page.getByRole('button', { name: 'Sync', exact: true }).click();
      await page.getByText(`${smartserver.data_points} data points in the inventory`).waitFor(WAIT);
      await page.getByRole('button', { name: 'Read all', exact: true }).click();
      await page.getByText(`${smartserver.data_points} values read.`).waitFor(WAIT);
    });
  });

  test('the same can be asked of the API, as is shown', async () => {
    await onPage(at, async (page) => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('button', { name: 'Show as API call' }).click();
      const dialog = page.getByRole('dialog', { name: 'Show as API call' });
      await dialog.getByText(`/api/v1${at}/ping`).waitFor(WAIT);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ ...WAIT, state: 'detached' });
    });
  });
});

describe('the inventory', () => {
  test('shows what somebody else writes without a reload', async () => {
    await onPage(`${at}/inventory?q=${encodeURIComponent(point.name)}`, async (page) => {
      const row = rowOf(page, point);
      await row.waitFor(WAIT);
      await shows(page, 'header', 'live');
      for (const value of [31, 32]) {
        assert.equal(await write(point, value), 'verified');
        await row.filter({ hasText: new RegExp(`\\b${value}(\\.0+)?\\b`) }).waitFor(WAIT);
      }
    });
  });

  test('is searched by the gateway, and marks what was found', async () => {
    await onPage(`${at}/inventory`, async (page) => {
      const label = lastPart(point.name);
      await page.getByRole('searchbox').fill(label.toUpperCase());
      await page.waitForURL('**/inventory?q=*', WAIT);
      await rowOf(page, point).locator('mark').filter({ hasText: label }).first().waitFor(WAIT);
      await page.getByRole('searchbox').fill('nothing is called so');
      await page.getByText('No data point fits').waitFor(WAIT);
      await page.getByRole('button', { name: 'Show all' }).click();
      await rowOf(page, point).or(branch(page, /./)).first().waitFor(WAIT);
    });
  });

  test('is gone through by keyboard, and the way back leads to the same row', async () => {
    await onPage(`${at}/inventory?at=${encodeURIComponent(parent(point.name))}`, async (page) => {
      const tree = page.getByRole('treegrid', { name: 'Data points' });
      const block = branch(page, lastPart(parent(point.name))).first();
      const activeRow = async () => {
        const id = await tree.getAttribute('aria-activedescendant');
        return page.locator(`[id="${id}"]`);
      };
      await rowOf(page, point).waitFor(WAIT);
      await tree.focus();
      await page.keyboard.press('ArrowLeft');
      await rowOf(page, point).waitFor({ ...WAIT, state: 'detached' });
      assert.equal(await (await activeRow()).getAttribute('aria-expanded'), 'false');
      await page.keyboard.press('ArrowRight');
      await rowOf(page, point).waitFor(WAIT);
      assert.equal(await block.getAttribute('aria-level'), '2');
      while (!(await (await activeRow()).locator(`a[href="/data-points/${point.id}"]`).count())) {
        await page.keyboard.press('ArrowDown');
        assert.notEqual(await (await activeRow()).getAttribute('aria-level'), '1');
      }
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/data-points/${point.id}`, WAIT);
      await page.goBack();
      await rowOf(page, point).waitFor(WAIT);
      await page.keyboard.press('Tab');
      assert.equal(
        await (await activeRow()).locator(`a[href="/data-points/${point.id}"]`).count(),
        1,
        'the row that was left is the active one',
      );
    });
  });

  test('closes and opens all, and keeps that for the next visit', async () => {
    await onPage(`${at}/inventory`, async (page) => {
      await rowOf(page, point).or(branch(page, /./)).first().waitFor(WAIT);
      await page.getByRole('button', { name: 'Collapse all' }).click();
      await page.locator('[role=row][aria-expanded=true]').waitFor({ ...WAIT, state: 'detached' });
      await page.reload();
      await page.locator('[role=row][aria-expanded=false]').first().waitFor(WAIT);
      assert.equal(await page.locator('[role=row][aria-expanded=true]').count(), 0);
      await page.getByRole('button', { name: 'Expand all' }).click();
      await page.locator('[role=row][aria-level="3"]').first().waitFor(WAIT);
    });
  });

  test('is narrowed to a type and a quality by its address', async () => {
    await onPage(`${at}/inventory?quality=good`, async (page) => {
      await page.getByLabel('Type').selectOption(point.type);
      await page.waitForURL(`**type=${point.type}*`, WAIT);
      await rowOf(page, point).waitFor(WAIT);
      const types = await page.locator('[role=row][aria-level="3"] > :last-child').allInnerTexts();
      assert.deepEqual([...new Set(types)], [point.type]);
    });
  });
});

test('the system tells its clock and load at once, and the rest when asked', async () => {
  await onPage(`${at}/system`, async (page) => {
    await shows(page, 'section', /Up for\s+\d+/);
    await shows(page, 'section', /Free memory\s+[\d.]+ MiB/);
    await page.getByText('Against ours its clock is').waitFor(WAIT);
    await page.getByRole('button', { name: 'Read: Hardware' }).click();
    await page.getByText('Spare blocks recommended').waitFor(WAIT);
  });
});
