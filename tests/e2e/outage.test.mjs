// What an operator sees when the XMPP server is killed.
import { before, test } from 'node:test';
import { onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, withoutXmppServer } from './gateway.mjs';

useBrowser();

const PATIENCE = { timeout: 60_000 };

let smartserver;

before(async () => ({ smartserver } = await aFixture()));

test('a dead XMPP server is told within seconds, and its return too', async () => {
  await onPage('/smartservers', async (page) => {
    const row = page.getByRole('row').filter({ hasText: smartserver.key });
    const says = (state) => row.filter({ hasText: state }).waitFor(PATIENCE);
    await says('online');
    await shows(page, 'header', '1 of 1 session');
    await withoutXmppServer(async () => {
      await says('offline');
      await shows(page, 'header', '0 of 1 session');
      // The pages are the gateway's and stay.
      await page.getByRole('link', { name: smartserver.name, exact: true }).first().click();
      await page.getByRole('heading', { level: 1, name: smartserver.name }).waitFor(WAIT);
      await shows(page, 'main', 'offline');
      await page.goBack();
    });
    await says('online');
    await shows(page, 'header', '1 of 1 session');
  });
});
