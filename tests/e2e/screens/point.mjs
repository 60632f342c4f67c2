export const screens = [
  {
    name: 'data-point',
    path: ({ temperatures: [one] }) => `/data-points/${one.id}?range=7d`,
    ready: 'figure canvas',
  },
  {
    name: 'data-point-held',
    path: ({ point }) => `/data-points/${point.id}?range=1h`,
    ready: 'figure canvas',
    act: async (page) => {
      await page.getByText('Show as table').click();
      await page.getByRole('button', { name: 'Expert' }).click();
      await page.getByText('Configuration on the SmartServer').click();
      await page.getByText('Base type').waitFor();
    },
  },
  { name: 'history-empty', path: '/history', ready: '.suggestions button' },
  {
    name: 'history',
    path: ({ temperatures }) => `/history?points=${temperatures.map(({ id }) => id).join()}&range=7d`,
    ready: 'figure canvas',
  },
  {
    name: 'history-pick',
    path: '/history',
    ready: '.suggestions button',
    act: async (page) => {
      await page.getByRole('combobox').fill('Temp');
      await page.getByRole('option').filter({ hasText: 'Temp' }).first().waitFor();
      await page.getByRole('combobox').press('ArrowDown');
    },
  },
];
