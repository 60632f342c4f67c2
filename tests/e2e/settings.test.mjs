// Identities and their sessions, API keys and poll groups.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { heading, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call, key, url } from './gateway.mjs';

useBrowser();

let smartserver, identity;

before(async () => {
  ({ smartserver } = await aFixture());
  identity = await call(`/identities/${smartserver.identity_id}`);
});

const unique = (name) => `${name} ${Date.now()}`;
const button = (page, name) => page.getByRole('button', { name, exact: true });
const dialog = (page) => page.locator('dialog[open]');

test('a session opens with its figures', async () => {
  await onPage('/', async (page) => {
    await page.getByRole('button', { name: /\d of \d+ session/ }).click();
    await page.locator(`#sessions a[href="/settings/identities/${smartserver.identity_id}"]`).click();
    await page.getByRole('heading', { level: 1, name: /^Session of .+@/ }).waitFor(WAIT);
    await shows(page, 'h1 + *', 'online');
    await shows(page, 'section', /Calls to SmartServers\s+[\d.]+ m?s, p95/);
    await shows(page, 'section', /Log-ins\s+\d+, the latest in/);
    await shows(page, 'tbody tr', 'online');
  });
});

describe('an identity', () => {
  const fill = async (page, { jid = identity.jid, password, address }) => {
    await page.getByLabel('JID', { exact: true }).fill(jid);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('BOSH addresses', { exact: true }).fill(address);
    await button(page, 'Test').click();
  };

  test('is tested before it is saved, each step told', async () => {
    await onPage('/settings/identities?edit=new', async (page) => {
      const [address] = identity.bosh_urls;
      await page.getByText('Resource, private CA, loopback').click();
      await page.getByLabel(/Allow the password in clear text/).check();

      await fill(page, { password: 'x', address: 'https://nobody.invalid/http-bind' });
      await shows(page, 'dialog li', /Name[^]*nobody\.invalid/);
      await page.getByText('It cannot log in yet').waitFor(WAIT);

      await fill(page, { password: 'x', address: address.replace(/\/[^/]*$/, '/nothing-here') });
      await shows(page, 'dialog li:has([title=failed])', 'BOSH');

      await fill(page, { password: 'not-the-password', address });
      await shows(page, 'dialog li:has([title=ok])', 'BOSH');
      await shows(page, 'dialog li:has([title=failed])', 'Login');
      await page.getByLabel('JID', { exact: true }).fill('other@nocgate.test');
      await page.getByText('you changed something since').waitFor(WAIT);
    });
  });

  test('that is stored is tested without its password', async () => {
    await onPage(`/settings/identities?edit=${identity.id}`, async (page) => {
      await button(page, 'Test').click();
      await page.getByText('The account can log in').waitFor(WAIT);
      await button(page, 'Save').click();
      await page.getByText('The password of the account').waitFor(WAIT);
    });
  });

  test('shows the gateway’s complaint at its field', async () => {
    const body = async (page) => {
      await fill(page, { password: 'x', address: 'https://xmpp.example/http-bind', jid: 'a@b c' });
      await page.getByText('An account as user@domain').waitFor(WAIT);
      await page.getByLabel('JID', { exact: true }).fill(identity.jid);
      await button(page, 'Save').click();
      await page.getByText('Another identity has this JID').waitFor(WAIT);
      assert.equal(await page.getByLabel('JID', { exact: true }).getAttribute('aria-invalid'), 'true');
    };
    await onPage('/settings/identities?edit=new', body, { provoked: [409] });
  });

  test('reads a pubsub node, and stops it', async () => {
    const node = unique('values');
    await onPage(`/settings/identities/${identity.id}`, async (page) => {
      await button(page, 'Read a node').click();
      await page.getByLabel('Service', { exact: true }).fill('pubsub.nowhere.test');
      await page.getByLabel('Node', { exact: true }).fill(node);
      await dialog(page).getByLabel('SmartServer').fill(smartserver.key);
      await dialog(page).getByLabel('SmartServer').press('Tab');
      await button(page, 'Read it').click();
      await shows(page, 'tbody tr', new RegExp(`${node}[^]*pubsub.nowhere.test`));
      await shows(page, 'tbody tr', smartserver.name);
      await button(page, `Stop reading ${node}`).click();
      await button(page, 'Stop reading it').click();
      await page.getByText('No pubsub node is read').waitFor(WAIT);
    });
  });
});

test('an API key is shown once, works, and is deleted', async () => {
  const name = unique('browser test');
  await onPage('/settings/api-keys', async (page) => {
    await button(page, 'New API key').click();
    await button(page, 'Make the key').click();
    await page.getByText('Say what it is for').waitFor(WAIT);
    await page.getByLabel('Name').fill(name);
    await button(page, 'Make the key').click();
    const made = await dialog(page).locator('.key code').innerText();
    assert.notEqual(made, key);
    const me = () => fetch(`${url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${made}` } });
    assert.equal((await (await me()).json()).name, name);
    await button(page, 'I have stored it').click();
    const row = page.getByRole('row').filter({ hasText: name });
    await row.waitFor(WAIT);
    assert.ok(!(await page.content()).includes(made), 'the key is gone from the page');
    await row.getByRole('button', { name: `Delete ${name}` }).click();
    await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
    await row.waitFor({ ...WAIT, state: 'detached' });
    assert.equal((await me()).status, 401);
  });
});

test('a poll group of several SmartServers is made, changed, turned off and removed', async () => {
  const name = unique('Browser test');
  const { items } = await call('/smartservers?limit=2');
  const keys = items.map((item) => item.key);
  const path = '/settings/poll-groups?edit=new';
  await onPage(
    path,
    async (page) => {
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Only of SmartServers').fill('nobody-has-this-key,');
      await button(page, 'Save').click();
      await page.getByText('nobody-has-this-key is not registered').waitFor(WAIT);
      await page.getByRole('button', { name: 'Remove nobody-has-this-key' }).click();
      await page.getByLabel('Only of SmartServers').fill(`${keys.join(',')},`);
      await page.getByLabel('Of the type').fill('SNVT_temp_p');
      await page.getByText(`Data points of ${keys.join(', ')}, of type SNVT_temp_p`).waitFor(WAIT);
      await page.getByLabel('Every (seconds)', { exact: true }).fill('0');
      await button(page, 'Save').click();
      await page.getByText('1 to 86,400 seconds').waitFor(WAIT);
      await page.getByLabel('Every (seconds)', { exact: true }).fill('300');
      await button(page, 'Save').click();
      const row = page.locator('main li', { has: page.getByRole('heading', { name, exact: true }) });
      await row.getByText('every 5 min').waitFor(WAIT);

      await row.getByRole('button', { name: 'Change' }).click();
      await page.getByLabel('Remember their values').uncheck();
      await button(page, 'Save').click();
      await row.getByText('Nothing is remembered').waitFor(WAIT);
      await row.getByRole('button', { name: 'Turn off' }).click();
      await row.getByText('off', { exact: true }).waitFor(WAIT);
      await row.getByRole('button', { name: 'Remove' }).click();
      await dialog(page).getByRole('button', { name: 'Remove', exact: true }).click();
      await row.waitFor({ ...WAIT, state: 'detached' });
      await heading(page, 'Poll groups').waitFor(WAIT);
    },
    { provoked: [422] },
  );
});
