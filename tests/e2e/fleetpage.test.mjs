// The table of SmartServers, and what is done to many of them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call } from './gateway.mjs';
import { act } from './screens/fleetpage.mjs';

useBrowser();

let smartserver;
let rows;

before(async () => {
  ({ smartserver } = await aFixture());
  rows = (await call('/smartservers?sort=name&limit=100')).items;
});

const rowOf = (page, { key }) => page.getByRole('row').filter({ hasText: key });
const pick = (page, item, options) =>
  rowOf(page, item)
    .getByRole('checkbox')
    .click({ ...WAIT, ...options });
const dialog = (page) => page.getByRole('dialog');
const tagsOf = async ({ key }) => (await call(`/smartservers/${key}`)).tags;
const untilAt = (page, query) => page.waitForURL(`**/smartservers?${query}`, WAIT);

describe('finding', () => {
  test('the SmartServers are listed with their health, and searched by the address', async () => {
    await onPage('/smartservers', async (page) => {
      const row = rowOf(page, smartserver);
      await row.waitFor(WAIT);
      assert.match(await row.innerText(), /online/);

      await page.getByRole('searchbox').fill(smartserver.key);
      await untilAt(page, `q=${encodeURIComponent(smartserver.key)}`);
      await page.getByRole('searchbox').fill('nothing is called so');
      await page.getByText('Nothing fits').waitFor(WAIT);
      await page.getByRole('main').getByRole('button', { name: 'Show all' }).first().click();
      await row.waitFor(WAIT);
    });
  });

  test('filters count what they would show, and stand in the address', async () => {
    const { health } = await call('/fleet');
    await onPage('/smartservers', async (page) => {
      const online = (count) => page.getByRole('button', { name: new RegExp(`^online ${count}$`) });
      await online(health.online).click(WAIT);
      await untilAt(page, 'health=online');
      await shows(page, 'main', `${health.online} SmartServer`);
      await page.getByRole('button', { name: 'Site', exact: true }).first().click();
      await page.getByRole('button', { name: new RegExp(`^${smartserver.site} \\d+$`) }).click();
      await page.waitForURL('**health=online&site=**', WAIT);
      await rowOf(page, smartserver).waitFor(WAIT);

      await page.reload();
      await rowOf(page, smartserver).waitFor(WAIT);
      assert.equal(await online('\\d+').getAttribute('aria-pressed'), 'true');
    });
  });

  test('a header sorts, and the gateway does it', async () => {
    const { items } = await call('/smartservers?sort=name&order=desc&limit=1');
    await onPage('/smartservers', async (page) => {
      await rowOf(page, smartserver).waitFor(WAIT);
      await page.getByRole('columnheader').getByRole('button', { name: 'SmartServer' }).click();
      await untilAt(page, 'order=desc');
      await shows(page, 'tbody tr:first-child', items[0].key);
    });
  });
});

describe('selecting', () => {
  test('by range, by keyboard, and all that are shown', async () => {
    await onPage('/smartservers', async (page) => {
      const words = (count) => page.getByText(`${count} selected`).waitFor(WAIT);
      await pick(page, rows[0]);
      await pick(page, rows[2], { modifiers: ['Shift'] });
      await words(3);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('x');
      await words(4);
      await page.getByRole('checkbox', { name: 'Select all that are shown' }).click();
      await words(rows.length);
      await page.keyboard.press('Escape');
      await page.getByText(`${rows.length} SmartServers`).waitFor(WAIT);
    });
  });
});

describe('doing to many', () => {
  after(async () => {
    for (const { key } of rows.slice(0, 2)) {
      await call(`/smartservers/${key}`, {
        method: 'PATCH',
        body: JSON.stringify({ remove_tags: ['browser-test'] }),
      });
    }
  });

  test('tags are added to those that lack them, and taken back', async () => {
    const [one, other] = rows;
    const body = JSON.stringify({ add_tags: ['browser-test'] });
    await call(`/smartservers/${one.key}`, { method: 'PATCH', body });
    await onPage('/smartservers', async (page) => {
      await pick(page, one);
      await pick(page, other);
      await act(page, 'Tags');
      await page.getByLabel('Add', { exact: true }).fill('browser-test');
      await page.keyboard.press('Enter');
      await dialog(page).getByText('Skipped, as wanted already').waitFor(WAIT);
      await page.getByRole('button', { name: 'Change 1', exact: true }).click();
      await dialog(page).getByText('Changing tags: finished').waitFor(WAIT);
      assert.ok((await tagsOf(other)).includes('browser-test'));

      await page.getByRole('button', { name: 'Undo 1', exact: true }).click();
      await dialog(page).getByText('Taking it back: finished').waitFor(WAIT);
      assert.ok(!(await tagsOf(other)).includes('browser-test'));
      assert.ok((await tagsOf(one)).includes('browser-test'), 'it had the tag before');
    });
  });

  test('a ping of all tells who did not answer, and tries those again', async () => {
    await onPage('/smartservers', async (page) => {
      await rowOf(page, smartserver).waitFor(WAIT);
      await page.getByRole('checkbox', { name: 'Select all that are shown' }).click();
      await act(page, 'Ping');
      await dialog(page)
        .getByText(`about ${3 * rows.length}`)
        .waitFor(WAIT);
      await page.getByRole('button', { name: `Ping ${rows.length}`, exact: true }).click();
      await dialog(page).getByText('Pinging: finished').waitFor({ timeout: 60_000 });
      const silent = dialog(page).locator('li').filter({ hasText: 'failed' });
      assert.ok((await silent.count()) >= 1, 'one SmartServer of the stack never logs in');
      assert.match(await silent.first().innerText(), /SOAP/);
      await page.getByRole('button', { name: /^Try the \d+ failed again$/ }).waitFor(WAIT);
    });
  });

  test('a poll group is made of them, and taken back', async () => {
    const name = `Browser test ${Date.now()}`;
    const groups = async () => (await call('/poll-groups?limit=1000')).items.map((group) => group.name);
    await onPage('/smartservers', async (page) => {
      await pick(page, rows[0]);
      await act(page, 'Poll group');
      await page.getByRole('button', { name: 'Make the group' }).click();
      await page.getByText('Give it a name.').waitFor(WAIT);
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByRole('button', { name: 'Make the group' }).click();
      await page.getByText(`1 SmartServer joined “${name}”.`).waitFor(WAIT);
      assert.ok((await groups()).includes(name));
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('The poll group is as it was.').waitFor(WAIT);
      assert.ok(!(await groups()).includes(name));
    });
  });
});

test('a SmartServer is added with its mistakes named, and removed by typing', async () => {
  const mac = `00-d0-71-ff-${Date.now().toString(16).slice(-4, -2)}-${Date.now().toString(16).slice(-2)}`;
  const name = `Browser test ${mac}`;
  await onPage('/smartservers?add', async (page) => {
    const form = dialog(page);
    await form
      .getByRole('option', { name: /@/ })
      .first()
      .waitFor({ ...WAIT, state: 'attached' });
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await form.getByText('Enter its JID, or its MAC ID.').waitFor(WAIT);
    await form.getByLabel('JID').fill(smartserver.jid);
    await form.getByLabel('Time zone').fill('Mars/Base');
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await form.getByText('No time zone is called so.').waitFor(WAIT);
    await form.getByLabel('Time zone').fill('Europe/Berlin');
    await form.getByLabel('JID').fill(mac);
    await form.getByLabel('Name').fill(name);
    await form.getByLabel('Tags').fill('browser-test');
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText(`“${name}” is added.`).waitFor(WAIT);
    const added = await call(`/smartservers/${mac}`);
    assert.match(added.jid, new RegExp(`^${mac}@.+/ilon$`));
    assert.deepEqual([added.time_zone, added.tags], ['Europe/Berlin', ['browser-test']]);

    await pick(page, added);
    await act(page, 'Remove');
    const remove = form.getByRole('button', { name: 'Remove 1', exact: true });
    assert.ok(await remove.isDisabled());
    await form.getByLabel(/^Type/).fill('remove 1');
    await remove.click();
    await form.getByText('Removing: finished').waitFor(WAIT);
    await form.getByRole('button', { name: 'Close', exact: true }).last().click();
    await rowOf(page, added).waitFor({ ...WAIT, state: 'detached' });
  });
});
