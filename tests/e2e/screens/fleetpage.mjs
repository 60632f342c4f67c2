const ready = 'tbody tr .row-link';

async function chooseTwo(page) {
  await page.locator('tbody input[type=checkbox]').nth(0).click();
  await page.locator('tbody input[type=checkbox]').nth(1).click();
}

/** The actions stand in the bar, or where it is narrow in a menu of it. */
export async function act(page, name) {
  const menu = page.getByRole('button', { name: 'Actions' });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole('group', { name: 'The list' }).getByRole('button', { name, exact: true }).click();
}

const previewed = (name) => async (page) => {
  await chooseTwo(page);
  await act(page, name);
  await page.getByRole('dialog').waitFor();
};

export const screens = [
  { name: 'smartservers', path: '/smartservers', ready },
  {
    name: 'smartservers-none',
    path: '/smartservers?q=nothing+is+called+so',
    ready: 'h2:text("Nothing fits")',
  },
  { name: 'smartservers-selected', path: '/smartservers?sort=health', ready, act: chooseTwo },
  { name: 'smartservers-tags', path: '/smartservers', ready, act: previewed('Tags') },
  { name: 'smartservers-poll-group', path: '/smartservers', ready, act: previewed('Poll group') },
  { name: 'smartservers-remove', path: '/smartservers', ready, act: previewed('Remove') },
  { name: 'smartserver-add', path: '/smartservers?add', ready: 'dialog select' },
];
