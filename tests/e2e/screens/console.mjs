const at = ({ smartserver }) => `/console?smartserver=${smartserver.key}`;
const send = async (page) => {
  await page.getByLabel('Begin with').selectOption('List the first 20 data points');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('answered').first().waitFor();
};

export const screens = [
  { name: 'console-choice', path: '/console', ready: 'main li a' },
  {
    name: 'console',
    path: at,
    ready: 'textarea',
    act: async (page) => {
      await send(page);
      await page.getByRole('button', { name: 'XML', exact: true }).click();
    },
  },
  {
    name: 'console-decoded',
    path: at,
    ready: 'textarea',
    act: async (page) => {
      await send(page);
      await page.getByRole('button', { name: 'Decoded' }).click();
      await page.getByRole('columnheader', { name: 'Name' }).waitFor();
    },
  },
  {
    name: 'console-chat',
    path: (fixture) => `${at(fixture)}&way=chat`,
    ready: 'input[aria-label="Say something"]',
    act: async (page) => {
      await page.getByLabel('Say something').fill('hello');
      await page.keyboard.press('Enter');
      await page
        .getByText(/^after [\d.]+ m?s$/)
        .first()
        .waitFor();
    },
  },
  {
    name: 'smartserver-traffic',
    path: ({ smartserver }) => `/smartservers/${smartserver.key}/traffic`,
    ready: 'text=listening',
    act: async (page) => {
      await page.getByRole('button', { name: 'Ping', exact: true }).click();
      await page.locator('li > button[aria-expanded]').first().click();
      await page.getByRole('button', { name: 'Pause' }).click();
    },
  },
];
