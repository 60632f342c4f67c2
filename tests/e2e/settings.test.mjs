// Identities and their sessions.
import { before, test } from 'node:test';
import { onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture } from './gateway.mjs';

useBrowser();

let smartserver;

before(async () => ({ smartserver } = await aFixture()));

test('a session opens with its figures', async () => {
  await onPage('/', async (page) => {
    await page.getByRole('button', { name: /\d of \d+ session/ }).click();
    await page.locator(`a[href="/settings/identities/${smartserver.identity_id}"]`).click();
    await page.getByRole('heading', { level: 1, name: /^Session of .+@/ }).waitFor(WAIT);
    await shows(page, 'h1 + *', 'online');
    await shows(page, 'section', /Calls to SmartServers\s+[\d.]+ m?s, p95/);
    await shows(page, 'section', /Log-ins\s+1, the latest in/);
    await shows(page, 'tbody tr', 'online');
  });
});
