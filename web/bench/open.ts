/* How long the page takes for profiles of several sizes: `npm run bench`.
 * Times are from the start of navigation to the first row, by the page's own clock. */
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

/** Milliseconds from an action to the second frame after it. */
const timed = (page: Page, action: string): Promise<number> => page.evaluate(`new Promise((done) => {
  const start = performance.now();
  ${action};
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})`);

async function measure(page: Page, address: string) {
  await page.goto('about:blank');
  await page.addInitScript(() => {
    new MutationObserver((_, o) => {
      if (!document.querySelector('.tr.body .timecell')) return;
      o.disconnect();
      requestAnimationFrame(() => setTimeout(() => ((window as unknown as { opened: number }).opened = performance.now())));
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(address);
  await page.waitForFunction(() => (window as unknown as { opened?: number }).opened, undefined, { timeout: 60_000 });
  const opened = await page.evaluate(() => (window as unknown as { opened: number }).opened);
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const heap = (await session.send('Runtime.getHeapUsage')).usedSize;
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  const brush: number[] = [];
  for (const from of [2, 5, 9, 14]) brush.push(await timed(page, `location.hash = 'from=${from}&to=${from + 8}'`));
  await timed(page, `location.hash = 'view=source'`);
  const sort = await timed(page, `[...document.querySelectorAll('.thead button')].find((b) => b.textContent.startsWith('Time')).click()`);
  const flame = await timed(page, `location.hash = 'view=flame'`);
  await page.waitForTimeout(200);
  const frames: number[] = await page.evaluate(`(async () => {
    const out = [];
    document.body.focus();
    for (let i = 0; i < 24; i++) {
      dispatchEvent(new KeyboardEvent('keydown', { key: i < 12 ? '+' : '-' }));
      await new Promise((done) => requestAnimationFrame(() => {
        const t = performance.now();
        requestAnimationFrame(() => done(out.push(performance.now() - t)));
      }));
    }
    return out;
  })()`);
  const time = await timed(page, `location.hash = 'view=flame&mode=time'`);
  return { opened, heap, nodes, brush: Math.max(...brush), sort, flame, frame: Math.max(...frames), time };
}

const browser = await chromium.launch({ executablePath: process.env.SMP_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
process.stdout.write('profile | page | open | heap | DOM nodes | brush | sort | flame graph | frame while zooming | time order\n');
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
  const ms = (x: number) => `${Math.round(x)} ms`;
  process.stdout.write(`${name} | ${(statSync(path).size / 1e6).toFixed(2)} MB | ${ms(m.opened)} | ${Math.round(m.heap / 1e6)} MB | ${m.nodes} | ${ms(m.brush)} | ${ms(m.sort)} | ${ms(m.flame)} | ${ms(m.frame)} | ${ms(m.time)}\n`);
}
await browser.close();
