export const screens = [
  {
    name: 'smartserver',
    path: ({ smartserver }) => `/smartservers/${smartserver.key}`,
    ready: 'a[href^="/data-points/"]',
  },
];
