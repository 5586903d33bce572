/* How long the page takes for profiles of several sizes: `npm run bench [PAGE ...]`.
 *
 * Each step is done several times and the least is told. Beside each time stands, in
 * brackets, the CPU time of the page's main thread in it (Chromium's TaskDuration in
 * the time domain threadTicks): it does not depend on what else the machine does.
 * Open: from navigation to the first row painted. Brush, sort, views: to the frame
 * after it. Frames of the flame graph: their drawing (performance.measure), the median
 * and the worst of 24. Heap after a collection. */
import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { embed } from '../tests/support/embed';
import { makeProfile, type Shape } from '../tests/support/make-profile';

const SIZES: [string, Shape][] = [
  ['500 lines, 100 active', { lines: 500, active: 100, samples: 5000, stacks: 500 }],
  ['5,000 lines, 1,000 active', { lines: 5000, active: 1000, samples: 20_000, stacks: 3000 }],
  ['20,000 lines, 2,000 active', { lines: 20_000, active: 2000, samples: 50_000, stacks: 8000 }],
  ['1,000,000 samples, 20,000 stacks', { lines: 5000, active: 1000, samples: 1_000_000, stacks: 20_000 }],
  ['the same with memory', { lines: 5000, active: 1000, samples: 1_000_000, stacks: 20_000, memory: true }],
];
const folder = mkdtempSync(join(tmpdir(), 'smp-bench-'));

type Times = { ms: number; cpu: number };
type Cpu = () => Promise<number>;

/** Main thread CPU milliseconds so far. */
async function cpuOf(page: Page): Promise<Cpu> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((m) => m.name === 'TaskDuration')!.value * 1000;
  };
}

const OPENINGS = 3;
const BRUSHES = [2, 5, 9, 14, 3, 11, 7, 1];
const least = (of: Times[]): Times => ({ ms: Math.min(...of.map((t) => t.ms)), cpu: Math.min(...of.map((t) => t.cpu)) });
const middle = (of: number[]) => [...of].sort((a, b) => a - b)[of.length >> 1]!;

/** The page's own measure of its last step of this name. */
const told = (page: Page, name: string): Promise<number> =>
  page.evaluate((n) => performance.getEntriesByName(`smp ${n}`).at(-1)?.duration ?? NaN, name);

/** From an action to the second frame after it. */
async function timed(page: Page, cpu: Cpu, action: string): Promise<Times> {
  const before = await cpu();
  const ms = await page.evaluate(`new Promise((done) => {
    const start = performance.now();
    ${action};
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  })`) as number;
  return { ms, cpu: (await cpu()) - before };
}

async function opening(page: Page, cpu: Cpu, address: string): Promise<Times> {
  await page.goto('about:blank');
  const before = await cpu();
  await page.goto(address);
  await page.waitForFunction(() => (window as unknown as { opened?: number }).opened, undefined, { timeout: 60_000 });
  const after = await cpu();
  return { ms: await page.evaluate(() => (window as unknown as { opened: number }).opened), cpu: after < before ? after : after - before };
}

async function measure(page: Page, address: string) {
  await page.addInitScript(() => {
    new MutationObserver((_, o) => {
      if (!document.querySelector('.tr.body .timecell')) return;
      o.disconnect();
      requestAnimationFrame(() => setTimeout(() => ((window as unknown as { opened: number }).opened = performance.now())));
    }).observe(document, { childList: true, subtree: true });
  });
  const cpu = await cpuOf(page);
  const openings: Times[] = [];
  for (let i = 0; i < OPENINGS; i++) openings.push(await opening(page, cpu, address));
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  // Typed arrays are no part of the heap that V8 tells of.
  const { usedSize, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage') as { usedSize: number; backingStorageSize?: number };
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  const brushes: Times[] = [];
  for (const from of BRUSHES) brushes.push(await timed(page, cpu, `location.hash = 'from=${from}&to=${from + 8}'`));
  await timed(page, cpu, `location.hash = 'view=source'`);
  const sort = await timed(page, cpu, `[...document.querySelectorAll('.thead button')].find((b) => b.textContent.startsWith('Time')).click()`);
  const flame = await timed(page, cpu, `location.hash = 'view=flame'`);
  await page.waitForTimeout(200);
  const frames: number[] = [];
  for (let i = 0; i < 24; i++) {
    await page.keyboard.press(i < 12 ? '+' : '-');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    frames.push(await told(page, 'flame frame'));
  }
  const time = await timed(page, cpu, `location.hash = 'view=flame&mode=time'`);
  return { opened: least(openings), heap: usedSize, typed: backingStorageSize, nodes, brush: least(brushes), sort, flame, frame: middle(frames), worst: Math.max(...frames), time };
}

const browser = await chromium.launch({ executablePath: process.env.SMP_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
process.stdout.write('profile | page | open | heap, typed arrays | DOM nodes | brush | sort | flame graph | a frame while zooming | time order\n');
const given = process.argv.slice(2).filter(existsSync);
for (const [name, shape] of given.length ? [] : SIZES) {
  const path = join(folder, 'page.html');
  writeFileSync(path, embed(JSON.stringify(makeProfile(shape))));
  await report(name, path);
}
for (const path of given) await report(path, path);

async function report(name: string, path: string): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const m = await measure(await context.newPage(), `file://${path}`);
  await context.close();
  const ms = (x: Times) => `${Math.round(x.ms)} (${Math.round(x.cpu)}) ms`;
  process.stdout.write(`${name} | ${(statSync(path).size / 1e6).toFixed(2)} MB | ${ms(m.opened)} | ${Math.round(m.heap / 1e6)} + ${Math.round(m.typed / 1e6)} MB | ${m.nodes} | ${ms(m.brush)} | ${ms(m.sort)} | ${ms(m.flame)} | ${m.frame.toFixed(1)}, ${m.worst.toFixed(1)} ms | ${ms(m.time)}\n`);
}
await browser.close();
