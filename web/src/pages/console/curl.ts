import { shellQuoted } from '../../lib/shell';

interface Call {
  url: string;
  contentType: string;
  body: string;
}

/** The same call for a shell. The API key is not in it: it stands in `NOCGATE_KEY` of whoever runs it. */
export function curlOf({ url, contentType, body }: Call): string {
  return [
    'curl -sS',
    `-H "Authorization: Bearer $NOCGATE_KEY"`,
    `-H ${shellQuoted(`Content-Type: ${contentType}`)}`,
    `--data-binary ${shellQuoted(body)}`,
    shellQuoted(url),
  ].join(' \\\n  ');
}
