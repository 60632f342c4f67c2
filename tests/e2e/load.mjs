// How the dashboard bears a large and busy fleet: long tasks, frames and memory of pages in use. Started by
// `make bench-dashboard`, which says of how many SmartServers; one of them pushes 500 values a second.
import { launch, newPage, settled, signIn, WAIT } from './browser.mjs';
import { call } from './gateway.mjs';

const SECONDS = Number(process.env.LOAD_SECONDS || 30);

/** In the page: remembers long tasks and the time between frames. */
function observe() {
  const seen = { tasks: [], frames: [] };
  globalThis.__load = seen;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration);
  }).observe({ type: 'longtask' });
  let last = performance.now();
  const frame = (now) => {
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function heapMb(cdp) {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  return { heap: of('JSHeapUsedSize') / 2 ** 20, nodes: of('Nodes') };
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
const ms = (number) => `${Math.round(number)} ms`;

/** What the page did while `use` went on. */
async function measured(name, page, use) {
  const cdp = await page.context().newCDPSession(page);
  await Promise.all(['Performance.enable', 'Network.enable'].map((method) => cdp.send(method)));
  let readings = 0;
  cdp.on(
    'Network.eventSourceMessageReceived',
    ({ eventName }) => (readings += Number(eventName === 'reading')),
  );
  const before = await heapMb(cdp);
  await page.evaluate(observe);
  const began = Date.now();
  await use();
  const seconds = (Date.now() - began) / 1000;
  const { tasks, frames } = await page.evaluate(() => globalThis.__load);
  const after = await heapMb(cdp);
  frames.sort((a, b) => a - b);
  console.log(
    [
      name.padEnd(34),
      `${seconds.toFixed(0)} s`,
      `${(readings / seconds).toFixed(0)} readings/s`,
      `long tasks ${tasks.length}, ${ms(tasks.reduce((sum, task) => sum + task, 0))} in all, longest ${ms(Math.max(0, ...tasks))}`,
      `frames p50 ${ms(at(frames, 0.5))}, p99 ${ms(at(frames, 0.99))}, longest ${ms(at(frames, 1))}`,
      `heap ${before.heap.toFixed(1)} -> ${after.heap.toFixed(1)} MB`,
      `${after.nodes} nodes`,
    ].join(' | '),
  );
  await cdp.detach();
}

/** Does something again and again, for a while. */
async function forAWhile(act, seconds = SECONDS) {
  const until = Date.now() + seconds * 1000;
  for (let turn = 0; Date.now() < until; turn++) await act(turn);
}

async function scroll(page) {
  await page.mouse.move(640, 500);
  for (const way of [1, 1, 1, 1, -1, -1, -1, -1]) {
    await page.mouse.wheel(0, way * 700);
    await page.waitForTimeout(150);
  }
}

async function search(page, text) {
  const box = page.locator('#main').getByRole('searchbox').first();
  await box.fill(text);
  await settled(page);
}

async function open(page, path, ready) {
  const began = Date.now();
  await page.goto(path);
  await page.locator(ready).first().waitFor(WAIT);
  await settled(page);
  console.log(`${path} is there after ${ms(Date.now() - began)}`);
}

const { items } = await call('/smartservers?limit=1000&sort=data_points&order=desc');
const busy = items[0];
const browser = await launch();
const { page, sins } = await newPage({ reducedMotion: 'no-preference' }, browser);
await signIn(page);

await open(page, '/', '#main h1');
await measured('overview, looked at', page, () => page.waitForTimeout(SECONDS * 1000));

await open(page, '/smartservers', 'tbody tr');
await measured('table, looked at', page, () => page.waitForTimeout(SECONDS * 1000));
await measured('table, scrolled', page, () => forAWhile(() => scroll(page)));
await measured('table, searched', page, () =>
  forAWhile((turn) => search(page, ['roof', 'unit 7', 'harbour', ''][turn % 4])),
);
await measured('table, sorted', page, () =>
  forAWhile(async () => {
    await page.locator('thead button').first().click();
    await settled(page);
    await page.waitForTimeout(300);
  }),
);

const inventory = `/smartservers/${busy.key}/inventory`;
await open(page, inventory, '[role=treegrid] [role=row]');
await measured(`tree of ${busy.data_points}, looked at`, page, () => page.waitForTimeout(SECONDS * 1000));
await measured('tree, scrolled', page, () => forAWhile(() => scroll(page)));
await measured('tree, searched', page, () =>
  forAWhile((turn) => search(page, ['nvoTemp', 'Device 7', 'power', ''][turn % 4])),
);
await search(page, '');
await measured('tree, looked at again', page, () => page.waitForTimeout(2 * SECONDS * 1000));

for (const sin of sins) console.log(sin);
await browser.close();
