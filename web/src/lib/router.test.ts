import { describe, expect, test } from 'vitest';
import { match, nextPath } from './router';

describe('match', () => {
  test('gives the parameters of a path that fits', () => {
    expect(match('/smartservers/{key}', '/smartservers/00d0710a1b2c')).toEqual({ key: '00d0710a1b2c' });
    expect(match('/', '/')).toEqual({});
  });

  test('decodes parameters', () => {
    expect(match('/smartservers/{key}', '/smartservers/roof%20unit%2F3')).toEqual({ key: 'roof unit/3' });
  });

  test('allows a slash at the end', () => {
    expect(match('/smartservers/{key}', '/smartservers/a/')).toEqual({ key: 'a' });
  });

  test.each(['/smartservers', '/smartservers/', '/smartservers/a/b', '/other/a', '/smartservers/%E0%A4%A'])(
    'is null for %s',
    (path) => expect(match('/smartservers/{key}', path)).toBeNull(),
  );
});

describe('nextPath', () => {
  const next = (value: string) => nextPath(new URLSearchParams({ next: value }));

  test('keeps a path of ours', () => {
    expect(next('/data-points/1?q=a')).toBe('/data-points/1?q=a');
  });

  test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', ''])(
    'never leaves for %s',
    (value) => expect(next(value)).toBe('/'),
  );
});
