// Debian's Chromium, and pages that remember everything they should not have done.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { key, url } from './gateway.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * A page in a fresh profile; `sins` collects what it must not do. `provoked` names the statuses that a
 * test makes the gateway answer with: browsers log them as errors.
 */
export async function newPage({ provoked = [], ...options } = {}, of = browser) {
  const context = await of.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const sins = [];
  page.on('pageerror', (error) => sins.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message, provoked)) sins.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin)
      sins.push(`request left the origin: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, sins };
}

/**
 * Browsers log every answer 401, and being told "not signed in" is part of signing in; and they log
 * what fails while a test has taken the network away.
 */
function isExpected(message, provoked) {
  const text = message.text();
  if (provoked.some((status) => text.includes(`with a status of ${status}`))) return true;
  const signingIn = message.location().url.includes('/api/v1/auth/') && text.includes('401');
  return signingIn || text.includes('ERR_INTERNET_DISCONNECTED');
}

/** What axe finds on the page as it stands, in words. */
export async function accessibilityFindings(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }),
    RULES,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** How long anything may take to show, on a slow machine. */
export const WAIT = { timeout: 20_000 };

/** Waits until nothing that the page shows is still being loaded, or on its way to another look. */
export async function settled(page) {
  const busy = '#main .loading, #main [aria-busy="true"]';
  const isDone = (busy) => ![...document.querySelectorAll(busy)].some((element) => element.checkVisibility());
  await page.waitForFunction(isDone, busy, WAIT);
  await page.evaluate(async () => {
    await document.fonts.ready;
    const ends = ({ effect }) => effect.getComputedTiming().endTime !== Infinity;
    const moving = document.getAnimations().filter(ends);
    await Promise.allSettled(moving.map((animation) => animation.finished));
  });
}

let browser;

/** Call it once in a file of tests: its tests share a browser. */
export function useBrowser() {
  before(async () => (browser = await launch()));
  after(() => browser?.close());
}

export async function signIn(page, path = '/') {
  await page.goto(path);
  await page.getByLabel('API key').fill(key);
  await page.getByLabel('API key').press('Enter');
  await page.locator('#main').waitFor(WAIT);
}

/** A signed-in page at `path`, which at the end must have done nothing wrong. */
export async function onPage(path, body, options) {
  const { page, sins } = await newPage(options);
  try {
    await signIn(page, path);
    await body(page);
    assert.deepEqual(sins, []);
  } finally {
    await page.context().close();
  }
}

export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true });

/** Waits until something that the selector finds has this text. */
export const shows = (page, selector, text) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor(WAIT);
