// What holds on every page.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { heading, newPage, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, url } from './gateway.mjs';

useBrowser();

let smartserver;

before(async () => ({ smartserver } = await aFixture()));

test('the page comes with the strict content security policy', async () => {
  const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.match(policy, /require-trusted-types-for 'script'/);
});

describe('signing in', () => {
  test('with a wrong key says so and stays', async () => {
    const { page, sins } = await newPage();
    await page.goto('/');
    await page.getByLabel('API key').fill('not-a-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This API key is not valid').waitFor(WAIT);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    assert.deepEqual(sins, []);
    await page.context().close();
  });

  test('leads to the address that was asked for, and out again', async () => {
    await onPage(`/smartservers/${smartserver.key}`, async (page) => {
      await heading(page, smartserver.name).waitFor(WAIT);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key').waitFor(WAIT);
      await page.goto('/');
      await page.getByLabel('API key').waitFor(WAIT);
    });
  });
});

test('a lost connection is told, and mended', async () => {
  await onPage('/', async (page) => {
    await shows(page, 'header', 'live');
    await page.context().setOffline(true);
    await page.getByText('Not live since').waitFor(WAIT);
    await page.locator('main.outdated').waitFor(WAIT);
    await page.context().setOffline(false);
    await page.getByText('Not live since').waitFor({ ...WAIT, state: 'detached' });
    await page.locator('main:not(.outdated)').waitFor(WAIT);
    await shows(page, 'header', 'live');
  });
});
