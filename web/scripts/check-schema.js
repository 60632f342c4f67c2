// Fails when src/lib/api/schema.ts is not what openapi/openapi.json says.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const committed = 'src/lib/api/schema.ts';
const folder = mkdtempSync(join(tmpdir(), 'nocgate-schema-'));
const generated = join(folder, 'schema.ts');
try {
  execFileSync(
    'npx',
    ['--no-install', 'openapi-typescript', '../openapi/openapi.json', '--output', generated],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (readFileSync(generated, 'utf8') !== readFileSync(committed, 'utf8')) {
    console.error(`${committed} differs from openapi/openapi.json: run "npm run api"`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
