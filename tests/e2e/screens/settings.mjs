export const screens = [
  {
    name: 'session',
    path: ({ smartserver }) => `/settings/identities/${smartserver.identity_id}`,
    ready: 'h2:text("Negotiated")',
  },
  { name: 'identities', path: '/settings/identities', ready: 'main li h2' },
  {
    name: 'identity-test',
    path: ({ smartserver }) => `/settings/identities?edit=${smartserver.identity_id}`,
    ready: 'dialog[open]',
    act: async (page) => {
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      await page.getByText('The account can log in').waitFor();
    },
  },
  { name: 'poll-groups', path: '/settings/poll-groups', ready: 'main li h2' },
  { name: 'poll-group', path: '/settings/poll-groups?edit=new', ready: 'dialog[open]' },
  { name: 'api-keys', path: '/settings/api-keys', ready: 'tbody tr' },
  {
    name: 'unknown-senders',
    path: '/settings/unknown-senders',
    ready: 'main .card tbody tr, main .card .empty',
  },
];
