// The console of a SmartServer, and its live traffic.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { heading, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call, key } from './gateway.mjs';

useBrowser();

let smartserver, point, at;

before(async () => {
  ({ smartserver, point } = await aFixture());
  at = `/console?smartserver=${encodeURIComponent(smartserver.key)}`;
});

const message = (page) => page.getByLabel('Message as XML');
const send = (page) => page.getByRole('button', { name: 'Send', exact: true }).click();
const begin = (page, template) => page.getByLabel('Begin with').selectOption(template);

describe('the console', () => {
  test('finds a SmartServer by keyboard', async () => {
    await onPage('/console', async (page) => {
      await page.getByRole('searchbox').fill(smartserver.key);
      await page.getByText(smartserver.key, { exact: true }).waitFor(WAIT);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/console?smartserver=*', WAIT);
      await heading(page, `Console of ${smartserver.name}`).waitFor(WAIT);
    });
  });

  test('reads the data point that was searched for, coloured and as a table', async () => {
    await onPage(at, async (page) => {
      await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('<UCPTname>'));
      await page.getByLabel('Data point').fill(point.name);
      await page.getByLabel('Data point').press('Enter');
      await page.waitForFunction(
        (name) => document.querySelector('textarea').value.includes(name),
        point.name,
      );
      await send(page);
      await page.getByRole('button', { name: 'XML', exact: true }).click();
      const xml = page.getByRole('region', { name: 'The answer as XML' });
      await xml.locator('.name', { hasText: 'ReadResponse' }).first().waitFor(WAIT);
      await page.getByRole('button', { name: 'Decoded' }).click();
      await shows(page, 'dl', /Value[^]*Priority\s+\d+/);
      await page.locator('section', { hasText: 'Answer' }).getByRole('link', { name: point.name }).click();
      await page.waitForURL(`**/data-points/${point.id}`, WAIT);
    });
  });

  test('keeps what was typed and what was sent while another page is looked at', async () => {
    await onPage(at, async (page) => {
      await page.getByLabel('Data point').waitFor(WAIT);
      await message(page).fill(
        '<Nonsense xmlns="http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/"/>',
      );
      await message(page).press('Control+Enter');
      await shows(page, 'section', /Answer\s+fault/);
      await message(page).fill('<half');
      await page.getByRole('link', { name: 'Activity', exact: true }).click();
      await heading(page, 'Activity').waitFor(WAIT);
      await page.goBack();
      await message(page).waitFor(WAIT);
      assert.equal(await message(page).inputValue(), '<half');
      await page.getByRole('button', { name: /Nonsense.*fault/s }).click();
      assert.match(await message(page).inputValue(), /^<Nonsense/);
      await page.getByRole('button', { name: 'Undo' }).click();
      assert.equal(await message(page).inputValue(), '<half');
    });
  });

  test('asks before it changes something, and copies a call that a shell can run', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    await onPage(
      at,
      async (page) => {
        await begin(page, 'Delete a data point');
        await send(page);
        await page.getByRole('button', { name: 'Cancel' }).click();
        assert.equal(await page.getByText('Sent in this session').count(), 0);
        await begin(page, 'Network');
        await page.getByRole('button', { name: 'Copy as curl' }).click();
        const curl = await page.evaluate(() => navigator.clipboard.readText());
        assert.ok(!curl.includes(key), 'the key is not in what is copied');
        const env = { ...process.env, NOCGATE_KEY: key };
        const { is_fault, body } = JSON.parse(execFileSync('sh', ['-c', curl], { env }));
        assert.equal(is_fault, false);
        assert.ok(body.SystemService_Read_Info.iLONSystemService);
      },
      { permissions },
    );
  });

  test('says what is wrong with a SmartServer that does not answer', async () => {
    const { items } = await call('/smartservers?health=offline,never_seen&limit=1');
    const [silent] = items;
    assert.ok(silent, 'a SmartServer that is offline');
    await onPage(
      `/console?smartserver=${encodeURIComponent(silent.key)}&way=chat`,
      async (page) => {
        await page.getByLabel('Say something').fill('hello');
        await page.keyboard.press('Enter');
        await page.getByText('It is not connected to the XMPP server.').waitFor(WAIT);
      },
      { provoked: [503, 504] },
    );
  });
});

test('the traffic shows a ping as it passes, and keeps its filter in the address', async () => {
  await onPage(`/smartservers/${encodeURIComponent(smartserver.key)}/traffic`, async (page) => {
    await shows(page, 'section', 'listening');
    await page.getByRole('button', { name: 'SOAP', exact: true }).click();
    await page.waitForURL('**/traffic?kind=soap', WAIT);
    await call(`/smartservers/${encodeURIComponent(smartserver.key)}/ping`, { method: 'POST' });
    const rows = page.locator('li > button[aria-expanded]');
    const received = rows.filter({ hasText: 'received' });
    await received.first().click();
    await page.getByRole('region', { name: 'The message as XML' }).waitFor(WAIT);
    await page.getByRole('button', { name: 'Its request' }).click();
    await page
      .locator('li', { has: page.locator('button[aria-expanded=true]') })
      .getByText('Copy as curl')
      .waitFor(WAIT);
    await page.getByRole('searchbox').fill('nothing says this');
    await page.getByRole('button', { name: 'Show all' }).click();
    await rows.first().waitFor(WAIT);
    assert.equal(new URL(page.url()).search, '');
  });
});
