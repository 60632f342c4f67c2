export const screens = [{ name: 'smartservers', path: '/smartservers', ready: 'tbody tr' }];
