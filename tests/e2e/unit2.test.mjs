// What is behind a SmartServer: its devices, data loggers, alarms and the commands to it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call, write } from './gateway.mjs';

useBrowser();

let smartserver;
let point;
let at;
let device;

before(async () => {
  ({ smartserver, point } = await aFixture());
  at = `/smartservers/${encodeURIComponent(smartserver.key)}`;
  const { items } = await call(`${at}/devices`);
  device = items.find((each) => each.bus === 'lon' && !each.local);
});

/** A time as the browser's inputs take it. */
const localTime = (at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);

describe('the devices', () => {
  test('are found by their Neuron ID, told with their state, and opened by a link', async () => {
    await onPage(`${at}/devices`, async (page) => {
      const row = page.getByRole('row').filter({ hasText: lastPart(device.name) });
      await row.filter({ hasText: 'running' }).waitFor(WAIT);
      await page.getByRole('searchbox').fill(device.neuron_id);
      await page.waitForURL(`**q=${device.neuron_id}*`, WAIT);
      assert.equal(await page.locator('tbody tr').count(), 1);
      await row.getByRole('link').click();
      const dialog = page.getByRole('dialog', { name: lastPart(device.name) });
      await dialog.getByText(device.program_id).waitFor(WAIT);
      await dialog.getByText('Functional blocks').click();
      await dialog.locator('details li').first().waitFor(WAIT);
      await page.reload();
      await dialog.getByText(device.neuron_id).waitFor(WAIT);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ ...WAIT, state: 'detached' });
    });
  });

  test('a command is followed to its outcome, and stands in the list', async () => {
    await onPage(`${at}/devices?device=${encodeURIComponent(device.name)}`, async (page) => {
      const dialog = page.getByRole('dialog', { name: lastPart(device.name) });
      await dialog.getByLabel('Command', { exact: true }).selectOption('query_status');
      await dialog.getByLabel('Reason').fill('looking after it');
      await dialog.getByRole('button', { name: 'Read its status' }).click();
      await dialog.locator('.status').filter({ hasText: 'done' }).waitFor(WAIT);
      await dialog.getByText('Lost messages').waitFor(WAIT);
      await page.keyboard.press('Escape');
      await shows(page, 'li', /done\s+Read its status: .+\s+“looking after it”/);
    });
  });

  test('one that hurts is sent only once the name of the device is typed', async () => {
    await onPage(`${at}/devices?device=${encodeURIComponent(device.name)}`, async (page) => {
      const dialog = page.getByRole('dialog', { name: lastPart(device.name), exact: true });
      await dialog.getByLabel('Command', { exact: true }).selectOption('reset');
      await dialog.getByRole('button', { name: 'Reset…' }).click();
      const question = page.getByRole('dialog', { name: `Reset: ${lastPart(device.name)}?` });
      const button = question.getByRole('button', { name: 'Reset', exact: true });
      assert.equal(await button.isDisabled(), true);
      await question.getByRole('textbox').fill(lastPart(device.name));
      await button.click();
      await dialog.locator('.outcome .status').filter({ hasText: 'done' }).waitFor(WAIT);
    });
    const { items } = await call(`${at}/devices/commands?limit=1`);
    assert.deepEqual([items[0].command, items[0].device], ['reset', device.name]);
  });

  test('networks and channels are asked for when they are opened', async () => {
    await onPage(`${at}/devices`, async (page) => {
      const channels = page.locator('details').filter({ hasText: 'Channels' }).last();
      await channels.locator('summary').click();
      await channels.getByText('Transceiver').waitFor(WAIT);
    });
  });
});

describe('the data loggers', () => {
  test('tell how full they are, and their entries newest first, page by page', async () => {
    await onPage(`${at}/data-loggers`, async (page) => {
      await page
        .getByText(/\d+ % full, [\d,]+ entries/)
        .first()
        .waitFor(WAIT);
      await page.getByRole('button', { name: 'Entries', exact: true }).first().click();
      const times = page.locator('section td time');
      await times.first().waitFor(WAIT);
      const table = page.locator('section').filter({ hasText: 'Logged at' });
      const first = await table.locator('tbody tr').count();
      await table.getByRole('button', { name: 'Show more' }).click();
      await table.locator('tbody tr').nth(first).waitFor(WAIT);
      const told = await table.locator('tbody time').evaluateAll((all) => all.map((each) => each.dateTime));
      assert.deepEqual(told, told.toSorted().toReversed());
    });
  });

  test('the log is cleared up to a time once its name is typed', async () => {
    const before = (await call(`${at}/data-loggers?levels=true`)).items[0];
    await onPage(`${at}/data-loggers`, async (page) => {
      await page.getByRole('button', { name: 'Clear…' }).first().click();
      const dialog = page.getByRole('dialog');
      const button = dialog.getByRole('button', { name: 'Clear', exact: true });
      await dialog.getByLabel('Only up to a time').check();
      const oldest = Date.parse(before.log.first_at);
      await dialog.getByLabel('Up to', { exact: true }).fill(localTime(oldest + 3_600_000));
      assert.equal(await button.isDisabled(), true);
      await dialog.getByLabel(/^Type /).fill(lastPart(before.name));
      await button.click();
      await dialog.waitFor({ ...WAIT, state: 'detached' });
    });
    const after = (await call(`${at}/data-loggers?levels=true`)).items[0];
    assert.ok(after.log.total < before.log.total, `${after.log.total} of ${before.log.total} are left`);
    assert.ok(after.log.total > 0);
  });

  test('the configuration is changed and read back', async () => {
    const description = `browser ${Date.now()}`;
    await onPage(`${at}/data-loggers`, async (page) => {
      await page.getByRole('button', { name: 'Change…' }).first().click();
      const dialog = page.getByRole('dialog');
      assert.equal(await dialog.getByRole('button', { name: 'Change', exact: true }).isDisabled(), true);
      await dialog.getByLabel('Description').fill(description);
      await dialog.getByRole('button', { name: 'Change', exact: true }).click();
      await dialog.waitFor({ ...WAIT, state: 'detached' });
      await page.getByText(description).waitFor(WAIT);
    });
    assert.equal((await call(`${at}/data-loggers`)).items[0].description, description);
  });

  test('a time of the history is filled from them, and what came of it stands among the gaps', async () => {
    await onPage(`${at}/data-loggers`, async (page) => {
      await page.getByRole('button', { name: 'Fill a time…' }).click();
      const dialog = page.getByRole('dialog');
      const from = dialog.getByLabel('From');
      const proposed = await from.inputValue();
      await from.fill('2090-01-01T00:00');
      await dialog.getByRole('button', { name: 'Fill', exact: true }).click();
      await dialog.getByText('The end must be after the beginning.').waitFor(WAIT);
      await from.fill(proposed);
      await dialog.getByRole('button', { name: 'Fill', exact: true }).click();
      await dialog.waitFor({ ...WAIT, state: 'detached' });
      await shows(page, 'tr', /filled|stays/);
      await shows(page, 'tr', /Somebody asked for it to be filled\.\s+([\d,]+ readings|No)/);
    });
  });
});

describe('the alarms', () => {
  test('stand with the notifiers and generators that raise them, and the logs', async () => {
    await onPage(`${at}/alarms?state=all`, async (page) => {
      await page.locator('summary').filter({ hasText: 'Alarm generators' }).click();
      await page.getByText(/Alarm when .+ is greater than/).waitFor(WAIT);
      await page.locator('summary').filter({ hasText: 'Alarm notifiers' }).click();
      await page
        .getByText(/must be acknowledged/)
        .first()
        .waitFor(WAIT);
      const log = page.locator('details').filter({ hasText: 'Log of all alarms' }).last();
      await log.locator('summary').click();
      await log.getByText('Newest first').waitFor(WAIT);
      await log.getByRole('button', { name: 'Clear…' }).click();
      const dialog = page.getByRole('dialog', { name: /^Clear the log of all alarms of/ });
      assert.equal(await dialog.getByRole('button', { name: 'Clear', exact: true }).isDisabled(), true);
    });
  });
});

describe('the commands', () => {
  test('appear as they are given, with what became of each data point', async () => {
    await onPage(`${at}/commands`, async (page) => {
      await shows(page, 'header', 'live');
      assert.equal(await write(point, 47), 'verified');
      const row = page
        .locator('li')
        .filter({ hasText: /Wrote 47 to/ })
        .first();
      await row.filter({ hasText: 'verified' }).waitFor(WAIT);
      await row.locator('summary').click();
      await row.locator(`a[href="/data-points/${point.id}"]`).waitFor(WAIT);
      await page.getByRole('button', { name: 'Under way' }).click();
      await page.getByText('No command is under way').waitFor(WAIT);
      await page.getByRole('button', { name: 'Show all' }).click();
      await row.waitFor(WAIT);
    });
  });
});
