// The overview, the alarms of the fleet, what happened, and the command palette.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { heading, onPage, shows, useBrowser, WAIT } from './browser.mjs';
import { aFixture, call, write } from './gateway.mjs';

useBrowser();

let smartserver;
let point;

before(async () => ({ smartserver, point } = await aFixture()));

const pathOf = (page) => new URL(page.url()).pathname;
const shortName = (name) => name.split('/').slice(-2).join('/');

/** Lets the page be answered what the gateway would only say at other times. */
const answered = (page, path, body) =>
  page.route(`**/api/v1/${path}`, (route) => route.fulfill({ json: body }));

describe('the overview', () => {
  test('counts the fleet, and each count leads to those it counts', async () => {
    const { health } = await call('/fleet');
    await onPage('/', async (page) => {
      await shows(page, 'a[href="/smartservers?health=online"]', new RegExp(`Online\\s*${health.online}`));
      await page.locator('a[href="/smartservers?health=never_seen"]').click();
      await page.waitForURL('**/smartservers?health=never_seen', WAIT);
    });
  });

  test('names the worst SmartServers and why', async () => {
    const { items } = await call('/smartservers?sort=health&health=offline,degraded,never_seen&limit=10');
    assert.ok(items.length > 0, 'no SmartServer is unwell');
    await onPage('/', async (page) => {
      for (const { name } of items) await page.getByRole('link', { name, exact: true }).first().waitFor(WAIT);
      await shows(page, 'section li', /answer/);
    });
  });

  test('tells what happens as it happens', async () => {
    await onPage('/', async (page) => {
      await shows(page, 'header', 'live');
      await page.getByRole('heading', { name: 'Lately' }).waitFor(WAIT);
      assert.equal(await write(point, 37), 'verified');
      const story = `wrote 37 to ${shortName(point.name)} at ${smartserver.name}: verified`;
      await shows(page, 'section li', story);
    });
  });

  test('is calm when all is well', async () => {
    const fleet = await call('/fleet');
    const health = { online: fleet.smartservers, degraded: 0, offline: 0, never_seen: 0 };
    const sites = fleet.sites.map((site) => ({
      ...site,
      active_alarms: 0,
      health: { ...health, online: site.smartservers },
    }));
    const alarms = { active: 0, unacknowledged: 0 };
    await onPage('/sign-in', async (page) => {
      await answered(page, 'fleet', { ...fleet, health, sites, alarms, stale_data_points: 0 });
      await page.goto('/');
      await page.getByText(`All ${fleet.smartservers} SmartServers are well`).waitFor(WAIT);
      await page.getByText('No alarm waits').waitFor(WAIT);
      assert.equal(await page.getByRole('heading', { name: 'Not well' }).count(), 0);
    });
  });

  test('leads a new user to an identity, then to a SmartServer', async () => {
    const fleet = { ...(await call('/fleet')), smartservers: 0, sites: [], tags: [] };
    const { items } = await call('/identities');
    await onPage('/sign-in', async (page) => {
      await answered(page, 'fleet', fleet);
      await answered(page, 'identities', { items: [], next_cursor: null });
      await page.goto('/');
      await page.getByRole('link', { name: 'Add an identity' }).waitFor(WAIT);
      await page.unroute('**/api/v1/identities');
      await page.reload();
      await page.locator('main').getByText(items[0].jid).waitFor(WAIT);
      await page.getByRole('link', { name: 'Register a SmartServer' }).waitFor(WAIT);
    });
  });
});

describe('alarms', () => {
  const waiting = async () => (await call('/alarms?state=active&acknowledged=false')).items;

  test('several that are chosen say what became of each, and the rest can be tried again', async () => {
    const { items } = await call('/alarms?limit=1');
    assert.ok(items.length > 0, 'there is no alarm');
    const two = [1, 2].map((n) => ({
      ...items[0],
      id: `01a20513-0000-7000-8000-00000000000${n}`,
      text: `Alarm ${n}`,
      state: 'active',
      acknowledged: false,
    }));
    const asked = [];
    await onPage('/sign-in', async (page) => {
      await answered(page, 'alarms?*', { items: two, next_cursor: null });
      await page.route('**/api/v1/alarms/acknowledge', (route) => {
        const { ids, comment } = route.request().postDataJSON();
        asked.push({ ids, comment });
        const judged = ids.map((id) =>
          id === two[1].id && asked.length === 1
            ? { id, outcome: 'not_sent', reason: 'the SmartServer is offline' }
            : { id, outcome: 'done' },
        );
        return route.fulfill({ json: { alarms: judged, counts: {} } });
      });
      await page.goto('/alarms');
      await page.getByRole('checkbox', { name: 'Choose all that are shown' }).click();
      await page.getByText('2 alarms chosen').waitFor(WAIT);
      await page.getByRole('button', { name: 'Acknowledge 2' }).click();
      await page.getByLabel('Comment', { exact: true }).fill('valve exchanged');
      await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
      await page.getByText('1 of 2 alarms acknowledged').waitFor(WAIT);
      await shows(page, 'dialog li', /Alarm 2[^]*not sent[^]*the SmartServer is offline/);
      await page.getByRole('button', { name: 'Try it again' }).click();
      await page.getByText('The alarm is acknowledged').waitFor(WAIT);
    });
    assert.deepEqual(asked, [
      { ids: two.map(({ id }) => id), comment: 'valve exchanged' },
      { ids: [two[1].id], comment: 'valve exchanged' },
    ]);
  });

  test('one is found, opened at its own address and acknowledged', async () => {
    const [alarm] = await waiting();
    assert.ok(alarm, 'no alarm waits to be acknowledged');
    const waited = (await call('/fleet')).alarms.unacknowledged;
    await onPage(
      `/alarms?q=${encodeURIComponent(alarm.name)}&smartserver=${alarm.smartserver}`,
      async (page) => {
        await shows(page, 'nav a[href="/alarms"]', new RegExp(`^\\s*Alarms\\s*${waited}\\b`));
        await page.locator(`a[href^="/alarms/${alarm.id}"]`).click();
        await page.waitForURL(`**/alarms/${alarm.id}?q=*`, WAIT);
        await page.locator('dialog').getByText(alarm.name, { exact: true }).waitFor(WAIT);
        await page.getByRole('button', { name: 'Acknowledge…' }).click();
        await page.getByLabel('Comment', { exact: true }).fill('seen by the browser test');
        await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
        // Told by the SmartServer, which the gateway has read back.
        await shows(page, 'dialog', 'seen by the browser test');
        await page.getByRole('button', { name: 'Close' }).click();
        await page.locator('dialog').waitFor({ ...WAIT, state: 'detached' });
        assert.equal(pathOf(page), '/alarms');
        await shows(
          page,
          'nav a[href="/alarms"]',
          waited > 1 ? new RegExp(`\\b${waited - 1}\\b`) : /^\s*Alarms\s*$/,
        );
      },
    );
    assert.equal((await call(`/alarms/${alarm.id}`)).acknowledged, true);
  });

  test('filters stand in the address, and one that nothing fits can be dropped', async () => {
    await onPage('/alarms?q=nothing+is+called+so&state=all', async (page) => {
      await page.getByText('No alarm fits').waitFor(WAIT);
      await page.getByRole('button', { name: 'Cleared' }).click();
      await page.waitForURL('**/alarms?q=nothing+is+called+so&state=cleared', WAIT);
      await page.getByRole('button', { name: 'Show all active alarms' }).click();
      await page.waitForURL('**/alarms', WAIT);
    });
  });
});

test('what happened is told in sentences, narrowed by the address, and live', async () => {
  await onPage('/activity', async (page) => {
    await page.getByRole('heading', { name: /^Today/ }).waitFor(WAIT);
    await page.getByRole('button', { name: 'Commands', exact: true }).click();
    await page.waitForURL('**/activity?kinds=command%2Cdevice_command', WAIT);
    assert.equal(await write(point, 43), 'verified');
    await shows(page, 'main li', `wrote 43 to ${shortName(point.name)}`);
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('main li')].every((line) => !line.textContent.includes('Session of')),
      undefined,
      WAIT,
    );
  });
});

describe('the keyboard', () => {
  test('finds a SmartServer from anywhere', async () => {
    await onPage('/settings', async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill(smartserver.key);
      const option = page.getByRole('option').filter({ hasText: smartserver.name });
      await option.and(page.locator('[aria-selected=true]')).waitFor(WAIT);
      await page.keyboard.press('Enter');
      await heading(page, smartserver.name).waitFor(WAIT);
    });
  });

  test('chooses by arrows, and Escape leaves all as it was', async () => {
    await onPage('/', async (page) => {
      await page.getByRole('button', { name: 'Find or do anything' }).click();
      const box = page.getByRole('combobox');
      await box.fill('dark');
      const chosen = page.locator('[role=option][aria-selected=true]');
      await chosen.filter({ hasText: 'Use dark colours' }).waitFor(WAIT);
      assert.equal(await box.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ ...WAIT, state: 'detached' });
      assert.equal(await page.locator('html').getAttribute('data-theme'), null);

      await page.keyboard.press('Control+k');
      await box.fill('colours');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.locator('html[data-theme]').waitFor(WAIT);
    });
  });

  test('goes to places, searches the page and tells of itself', async () => {
    await onPage('/', async (page) => {
      await heading(page, 'Overview').waitFor(WAIT);
      await page.keyboard.press('g');
      await page.keyboard.press('a');
      await heading(page, 'Alarms').waitFor(WAIT);
      await page.keyboard.press('/');
      assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
      await page.keyboard.type('g?');
      assert.equal(pathOf(page), '/alarms');
      await heading(page, 'Alarms').focus();
      await page.keyboard.press('?');
      await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor(WAIT);
    });
  });
});
