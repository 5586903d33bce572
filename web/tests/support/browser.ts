/* Opens profiles in the built page with Chromium, and watches what it does. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { embed } from './embed';

const CHROMIUM = process.env.SMP_CHROMIUM ?? '/usr/bin/chromium';
const folder = mkdtempSync(join(tmpdir(), 'smp-page-'));

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

/** Writes the page of a profile; returns its address. */
export function pageOf(name: string, json: string): string {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, embed(json));
  return `file://${path}`;
}

export function jsonFile(name: string, json: string): string {
  const path = join(folder, name);
  writeFileSync(path, json);
  return path;
}

export interface Opened {
  page: Page;
  context: BrowserContext;
  /** What it asked any network for, and what went wrong in it. */
  requests: string[];
  errors: string[];
}

export interface How { width?: number; height?: number; dark?: boolean; hash?: string; /** What is awaited. */ until?: string }

export async function open(browser: Browser, address: string, how: How = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: how.width ?? 1440, height: how.height ?? 900 },
    colorScheme: how.dark ? 'dark' : 'light', acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const opened: Opened = { page, context, requests: [], errors: [] };
  page.on('request', (r) => {
    if (!/^(file|data|blob):/.test(r.url())) opened.requests.push(r.url());
  });
  page.on('pageerror', (e) => opened.errors.push(e.message));
  page.on('console', (m) => {
    if (m.type() === 'error') opened.errors.push(m.text());
  });
  await page.goto(`${address}${how.hash ? `#${how.hash}` : ''}`);
  await page.waitForSelector(how.until ?? '#view, [role=alert], .drop');
  return opened;
}
