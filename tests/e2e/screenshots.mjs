// Pictures of every screen: light, dark, on a phone. NOCGATE_URL and NOCGATE_KEY say of which gateway.
// usage: node tests/e2e/screenshots.mjs [PART_OF_A_NAME...]
import { mkdirSync, writeFileSync } from 'node:fs';
import { launch, newPage, signIn } from './browser.mjs';
import { aFixture } from './gateway.mjs';
import { screens, show } from './screens.mjs';

const OUTPUT = new URL('../../target/screenshots/', import.meta.url).pathname;
const LOOKS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
};

const parts = process.argv.slice(2);
const isWanted = ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part));

async function shoot(page, screen, fixture, look) {
  const file = `${screen.name}-${look}.png`;
  try {
    await show(page, screen, fixture);
    await page.screenshot({ path: `${OUTPUT}${file}` });
    return { file };
  } catch (error) {
    const [message] = error.message.split('\n');
    console.log(`    ${screen.name}, ${look}: ${message}`);
    await page.screenshot({ path: `${OUTPUT}${file}` });
    return { file, message };
  }
}

/** All pictures beside each other, to be looked at. */
function contactSheet(rows) {
  const cell = ({ file }) => `<td><a href="${file}"><img src="${file}" loading="lazy"></a></td>`;
  const row = ([name, cells]) => `<tr><th>${name}</th>${cells.map(cell).join('')}</tr>`;
  return `<!doctype html><title>Screens</title><style>
    img { max-width: 28vw; max-height: 70vh; border: 1px solid #888 }
    body { font: 14px sans-serif; background: #777 } td, th { vertical-align: top }</style>
    <table>${rows.map(row).join('\n')}</table>`;
}

mkdirSync(OUTPUT, { recursive: true });
const fixture = await aFixture();
const browser = await launch();
const rows = new Map(screens.filter(isWanted).map(({ name }) => [name, []]));
let failed = 0;
for (const [look, options] of Object.entries(LOOKS)) {
  const { page, sins } = await newPage(options, browser);
  await signIn(page);
  for (const screen of screens.filter(isWanted)) {
    const shot = await shoot(page, screen, fixture, look);
    rows.get(screen.name).push(shot);
    failed += shot.message ? 1 : 0;
  }
  for (const sin of sins) console.log(`    ${look}: ${sin}`);
}
await browser.close();
writeFileSync(`${OUTPUT}index.html`, contactSheet([...rows]));
console.log(`    ${rows.size} screens, ${failed} pictures of one that did not load: ${OUTPUT}index.html`);
process.exitCode = failed > 0 ? 1 : 0;
