const at = (tab) => (fixture) => `/smartservers/${fixture.smartserver.key}${tab}`;

/** Opens the first that is closed, and waits for what the SmartServer tells. */
const open = (title, told) => async (page) => {
  await page.locator('summary').filter({ hasText: title }).click();
  await page.locator(told).first().waitFor();
};

export const screens = [
  {
    name: 'smartserver-devices',
    path: at('/devices'),
    ready: 'td .status',
    act: open('Channels', 'details dt'),
  },
  {
    name: 'smartserver-device',
    path: at('/devices'),
    ready: 'td .status',
    act: async (page) => {
      await page.locator('tr').filter({ hasText: 'LON' }).locator('td .row-link').first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Command', { exact: true }).selectOption('decommission');
      await dialog.getByText('Functional blocks').click();
      await dialog.locator('details li').first().waitFor();
    },
  },
  {
    name: 'smartserver-data-loggers',
    path: at('/data-loggers'),
    ready: 'h2:text("Data Logger")',
    act: async (page) => {
      await page.getByRole('button', { name: 'Entries', exact: true }).first().click();
      await page.locator('section').filter({ hasText: 'Logged at' }).locator('tbody tr').first().waitFor();
    },
  },
  {
    name: 'smartserver-data-logger-clear',
    path: at('/data-loggers'),
    ready: 'h2:text("Data Logger")',
    act: async (page) => {
      await page.getByRole('button', { name: 'Clear…' }).first().click();
      await page.getByLabel('Only up to a time').check();
    },
  },
  {
    name: 'smartserver-history-fill',
    path: at('/data-loggers'),
    ready: 'h2:text("Gaps in the history")',
    act: async (page) => page.getByRole('button', { name: 'Fill a time…' }).click(),
  },
  {
    name: 'smartserver-alarms',
    path: at('/alarms?state=all'),
    ready: 'summary:has-text("Alarm notifiers")',
    act: async (page) => {
      await open('Alarm generators', 'em')(page);
      await open('Alarm notifiers', 'section li')(page);
    },
  },
  {
    name: 'smartserver-commands',
    path: at('/commands'),
    ready: 'summary .status',
    act: async (page) => {
      await page.locator('summary').first().click();
      await page.locator('td .status').first().waitFor();
    },
  },
];
