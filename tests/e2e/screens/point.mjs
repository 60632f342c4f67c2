export const screens = [
  {
    name: 'data-point',
    path: ({ point }) => `/data-points/${point.id}`,
    ready: 'main form:not([role=search])',
  },
];
