export const screens = [
  {
    name: 'session',
    path: ({ smartserver }) => `/settings/identities/${smartserver.identity_id}`,
    ready: 'h2:text("Negotiated")',
  },
];
