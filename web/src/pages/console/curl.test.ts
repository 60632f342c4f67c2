import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellQuoted } from '../../lib/shell';
import { curlOf } from './curl';

test.each(["it's", 'a "b" $HOME `id` \\ !', "<a b='c'/>\n<d/>"])('a shell takes %j as one word', (text) => {
  expect(execFileSync('sh', ['-c', `printf %s ${shellQuoted(text)}`]).toString()).toBe(text);
});

test('a call holds no key', () => {
  const curl = curlOf({ url: 'http://localhost/api', contentType: 'text/xml', body: '<Read/>' });
  expect(curl).toContain('Bearer $NOCGATE_KEY');
  expect(curl).toContain("--data-binary '<Read/>'");
});
