/* Pages of other tools beside ours, of the same program: `tsx bench/side_by_side.ts
 * PAGE ...`. Time: from the start of navigation to the last change of the document
 * (quiet for a second after it), the least of three; then the number of its nodes
 * (shadow trees and SVG included), the heap after a collection, the file's size. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium, type Page } from 'playwright-core';

const OPENINGS = 3;
const QUIET_MS = 1000;

async function open(page: Page, path: string): Promise<number> {
  await page.goto('about:blank');
  await page.goto(`file://${resolve(path)}`, { waitUntil: 'commit' });
  for (let last = -1; ;) {
    await page.waitForTimeout(QUIET_MS);
    const now = await page.evaluate(() => (window as unknown as { changed: number }).changed ?? 0);
    if (now > 0 && now === last) return now;
    last = now;
  }
}

const browser = await chromium.launch({ executablePath: process.env.SMP_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
process.stdout.write('page | size | to its last change | nodes | heap\n');
for (const path of process.argv.slice(2)) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(() => {
    const w = window as unknown as { changed: number };
    new MutationObserver(() => (w.changed = performance.now())).observe(document, { childList: true, subtree: true, attributes: true });
  });
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) times.push(await open(page, path));
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  process.stdout.write(`${path} | ${(statSync(path).size / 1e6).toFixed(2)} MB | ${Math.round(Math.min(...times))} ms | ${nodes} | ${Math.round(usedSize / 1e6)} MB\n`);
  await page.close();
}
await browser.close();
