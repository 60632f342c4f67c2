const at = (tab) => (fixture) => `/smartservers/${fixture.smartserver.key}${tab}`;

export const screens = [
  { name: 'smartserver', path: at(''), ready: 'h2:text("Round trips")' },
  {
    name: 'smartserver-ping',
    path: at(''),
    ready: 'h2:text("Round trips")',
    act: async (page) => {
      await page.getByRole('button', { name: 'Ping', exact: true }).click();
      await page.getByText('disco#info', { exact: true }).waitFor();
    },
  },
  { name: 'smartserver-data-points', path: at('/inventory'), ready: 'a[href^="/data-points/"]' },
  {
    name: 'smartserver-data-points-search',
    path: at('/inventory?q=temp'),
    ready: '[role=treegrid] mark',
  },
  { name: 'smartserver-system', path: at('/system'), ready: 'dt:text("Free memory")' },
];
