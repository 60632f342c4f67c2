import { WAIT } from '../browser.mjs';

const openAlarm = (page) => page.locator('tbody .row-link').first().click();

export const screens = [
  { name: 'overview', path: '/', ready: 'h2:text("Sites")' },
  { name: 'alarms', path: '/alarms?state=all', ready: 'tbody tr' },
  {
    name: 'alarms-none',
    path: '/alarms?q=nothing+is+called+so',
    ready: 'h2:text("No alarm fits")',
  },
  {
    name: 'alarm',
    path: '/alarms?state=all',
    ready: 'tbody tr',
    act: async (page) => {
      await openAlarm(page);
      await page.getByText('Value that raised it').waitFor(WAIT);
    },
  },
  { name: 'activity', path: '/activity', ready: 'main li' },
  {
    name: 'palette',
    path: '/',
    ready: 'h2:text("Sites")',
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('nvo');
      await page.getByRole('option').first().waitFor(WAIT);
    },
  },
  {
    name: 'shortcuts',
    path: '/',
    ready: 'h2:text("Sites")',
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByText('Search on this page').waitFor(WAIT);
    },
  },
];
