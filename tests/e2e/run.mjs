// The dashboard in a real browser, on a running gateway: NOCGATE_URL and NOCGATE_KEY say which.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFindings, launch, newPage, screenshot } from './browser.mjs';
import { key, onlineSmartServer, url, writableNumber, write } from './gateway.mjs';

const WAIT = { timeout: 20_000 };

let browser;
let smartserver;
let point;

before(async () => {
  smartserver = await onlineSmartServer();
  point = await writableNumber(smartserver);
  browser = await launch();
});

after(() => browser?.close());

async function signIn(page, path = '/') {
  await page.goto(path);
  await page.getByLabel('API key').fill(key);
  await page.getByLabel('API key').press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor(WAIT);
}

const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true });
const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);
const shows = (page, selector, text) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor(WAIT);

/** A signed-in page at `path`, which at the end must have done nothing wrong. */
async function onPage(path, body, options) {
  const { page, sins } = await newPage(browser, options);
  try {
    await signIn(page, path);
    await body(page);
    assert.deepEqual(sins, []);
  } finally {
    await page.context().close();
  }
}

test('the page comes with the strict content security policy', async () => {
  const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.match(policy, /require-trusted-types-for 'script'/);
});

describe('signing in', () => {
  test('with a wrong key says so and stays', async () => {
    const { page, sins } = await newPage(browser);
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

test('the SmartServers are listed with their health, and searched by the address', async () => {
  await onPage('/', async (page) => {
    const row = page.getByRole('row').filter({ hasText: smartserver.key });
    await row.waitFor(WAIT);
    assert.match(await row.innerText(), /online/);

    await page.getByRole('searchbox').fill(smartserver.key);
    await page.waitForURL(`**/?q=${encodeURIComponent(smartserver.key)}`, WAIT);
    await page.getByRole('searchbox').fill('nothing is called so');
    await page.getByText('Nothing fits').waitFor(WAIT);
    await page.getByRole('button', { name: 'Show all' }).click();
    await row.waitFor(WAIT);
  });
});

test('a SmartServer opens with the values of its data points', async () => {
  await onPage('/', async (page) => {
    await page.getByRole('link', { name: smartserver.name, exact: true }).first().click();
    await heading(page, smartserver.name).waitFor(WAIT);
    const row = page.getByRole('row').filter({ has: page.locator(`a[href="/data-points/${point.id}"]`) });
    await row.filter({ hasText: /\d/ }).waitFor(WAIT);
    await row.filter({ hasText: 'good' }).waitFor(WAIT);
  });
});

test('a write by someone else shows without a reload', async () => {
  await onPage(`/smartservers/${smartserver.key}?q=${encodeURIComponent(point.name)}`, async (page) => {
    const row = page.getByRole('row').filter({ has: page.locator(`a[href="/data-points/${point.id}"]`) });
    await row.waitFor(WAIT);
    await shows(page, 'header', 'live');
    for (const value of [31, 32]) {
      assert.equal(await write(point, value), 'verified');
      await row.filter({ hasText: new RegExp(`\\b${value}(\\.0+)?\\b`) }).waitFor(WAIT);
    }
  });
});

describe('the write form', () => {
  test('writes a value and shows its outcome', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      await heading(page, lastPart(point.name)).waitFor(WAIT);
      await page.getByRole('spinbutton', { name: 'Value' }).fill('41');
      await page.getByLabel('Reason').fill('browser test');
      await page.getByRole('button', { name: 'Write' }).click();
      await shows(page, '[role=status]', 'verified');
      await shows(page, 'section', /Reading[^]*\b41(\.0+)?\b/);
    });
  });

  test('holds a data point at a stronger priority, and releases it', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      await page.getByText('Nobody holds it').waitFor(WAIT);
      await page.getByLabel('Priority').fill('240');
      await page.getByRole('button', { name: 'Write' }).click();
      await page.getByText('Held at priority 240').waitFor(WAIT);
      await page.getByRole('button', { name: 'Release' }).click();
      await shows(page, '[role=status]', /Release\s+verified/);
      await page.getByText('Nobody holds it').waitFor(WAIT);
    });
  });

  test('names what cannot be written and asks nothing of the gateway', async () => {
    await onPage(`/data-points/${point.id}`, async (page) => {
      let posts = 0;
      page.on('request', (request) => (posts += Number(request.url().includes('/writes'))));
      await page.getByRole('spinbutton', { name: 'Value' }).fill('');
      await page.getByLabel('Priority').fill('256');
      await page.getByRole('button', { name: 'Write' }).click();
      await page.getByText('Enter a number').waitFor(WAIT);
      await page.getByText('0 (strongest) to 255 (weakest)').waitFor(WAIT);
      assert.equal(posts, 0);
    });
  });
});

test('a session opens with its figures', async () => {
  await onPage('/', async (page) => {
    await page.getByRole('button', { name: /\d of \d+ session/ }).click();
    await page.locator(`a[href="/identities/${smartserver.identity_id}"]`).click();
    await page.getByRole('heading', { level: 1, name: /^Session of .+@/ }).waitFor(WAIT);
    await shows(page, 'h1 + *', 'online');
    await shows(page, 'section', /Calls to SmartServers\s+[\d.]+ m?s, p95/);
    await shows(page, 'section', /Log-ins\s+1, the latest in/);
    await shows(page, 'tbody tr', 'online');
  });
});

test('a lost connection is told, and mended', async () => {
  await onPage('/', async (page) => {
    await shows(page, 'header', 'live');
    await page.context().setOffline(true);
    await page.getByText('Not live since').waitFor(WAIT);
    await page.context().setOffline(false);
    await page.getByText('Not live since').waitFor({ ...WAIT, state: 'detached' });
    await shows(page, 'header', 'live');
  });
});

for (const colorScheme of ['light', 'dark']) {
  test(`each page is accessible in its ${colorScheme} colours`, async () => {
    const { page, sins } = await newPage(browser, { colorScheme });
    const check = async (name) => {
      await screenshot(page, `${name}-${colorScheme}`);
      assert.deepEqual(await accessibilityFindings(page), [], name);
    };
    await page.goto('/');
    await page.getByLabel('API key').waitFor(WAIT);
    await check('sign-in');
    await signIn(page);
    await page.getByRole('row').filter({ hasText: smartserver.key }).waitFor(WAIT);
    await check('smartservers');
    await page.getByRole('button', { name: /session|identity/ }).click();
    await check('sessions');
    await page.goto(`/smartservers/${smartserver.key}`);
    await page.locator(`a[href^="/data-points/"]`).first().waitFor(WAIT);
    await check('smartserver');
    await page.goto(`/data-points/${point.id}`);
    await page.getByRole('button', { name: 'Write' }).waitFor(WAIT);
    await check('data-point');
    await page.goto(`/identities/${smartserver.identity_id}`);
    await page.getByRole('heading', { name: 'Negotiated' }).waitFor(WAIT);
    await check('session');
    await page.goto('/no/such/page');
    await heading(page, 'No such page').waitFor(WAIT);
    await check('not-found');
    assert.deepEqual(sins, []);
    await page.context().close();
  });
}

test('no page is wider than a phone', async () => {
  const pages = {
    smartservers: '/',
    smartserver: `/smartservers/${smartserver.key}`,
    'data-point': `/data-points/${point.id}`,
    session: `/identities/${smartserver.identity_id}`,
  };
  await onPage(
    '/',
    async (page) => {
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        await page.locator('main table, main form:not([role=search])').waitFor(WAIT);
        await screenshot(page, `${name}-phone`);
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(tooWide <= 0, `${path} is ${tooWide} px too wide`);
      }
    },
    { viewport: { width: 360, height: 740 } },
  );
});
