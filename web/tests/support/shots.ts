/* Screenshots of the built page, to be looked at: `npm run shots [FOLDER]`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { embed } from './embed';
import { makeProfile } from './make-profile';

const folder = process.argv[2] ?? join(tmpdir(), 'page-shots');
mkdirSync(folder, { recursive: true });
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');
const pages: Record<string, string> = {
  services: fixture('services'), orders: fixture('orders'),
  memory: JSON.stringify(makeProfile({ lines: 400, active: 60, samples: 6000, stacks: 900, memory: true })),
};
for (const [name, json] of Object.entries(pages)) writeFileSync(join(folder, `${name}.html`), embed(json));

const only = process.argv[3];
const SHOTS: [name: string, page: string, hash: string, width: number, height: number, dark: boolean][] = [
  ['source', 'services', '', 1440, 900, false],
  ['source-dark', 'services', '', 1440, 900, true],
  ['source-360', 'services', '', 360, 740, false],
  ['source-360-dark', 'memory', '', 360, 740, true],
  ['line', 'services', 'file=%2Fhome%2Fu%2Fapp%2Fservices.py&line=15', 1600, 900, false],
  ['functions', 'services', 'grain=functions', 1440, 900, false],
  ['loops', 'services', 'grain=regions', 1440, 900, false],
  ['memory', 'memory', '', 1680, 950, false],
  ['memory-dark', 'memory', 'file=%2Fhome%2Fu%2Fapp%2Fmain.py&line=5', 1900, 1000, true],
  ['flame', 'services', 'view=flame', 1440, 900, false],
  ['flame-dark', 'services', 'view=flame&mode=time', 1440, 900, true],
  ['flame-sandwich', 'services', 'view=flame&mode=sandwich', 1440, 900, false],
  ['threads', 'services', 'view=threads', 1440, 900, false],
  ['threads-360', 'services', 'view=threads', 360, 740, false],
  ['compare', 'services', 'view=compare', 1440, 900, false],
  ['4k', 'memory', '', 3840, 2160, false],
];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, page, hash, width, height, dark] of SHOTS) {
  if (only && !name.includes(only)) continue;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const tab = await context.newPage();
  tab.on('pageerror', (e) => process.stderr.write(`${name}: ${e.message}\n`));
  tab.on('console', (m) => m.type() === 'error' && process.stderr.write(`${name}: ${m.text()}\n`));
  await tab.goto(`file://${join(folder, `${page}.html`)}${hash ? `#${hash}` : ''}`);
  await tab.waitForSelector('#view', { timeout: 8000 });
  if (name === 'compare') await tab.setInputFiles('input[type=file]', new URL('../fixtures/orders.json', import.meta.url).pathname);
  await tab.waitForTimeout(350);
  await tab.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}
await browser.close();
