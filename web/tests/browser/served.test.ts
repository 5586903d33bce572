/* The page where the local server has served it: proposals, proof, live profiles. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, open } from '../support/browser';
import { fakeServer } from '../support/fake-server';

const services = readFileSync(new URL('../fixtures/services.json', import.meta.url), 'utf8');
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

it('shows what will be sent, streams the answer, proves and applies it', async () => {
  const server = await fakeServer(services);
  const o = await open(browser, server.url);
  await o.page.locator('.tr.hot .act').first().click();
  const panel = o.page.locator('.panel');
  await panel.getByText('EVIDENCE for line 5').waitFor();
  expect(await panel.textContent()).toContain('SYSTEM WORDS');
  expect(server.sent.some((s) => s.path.endsWith('api/propose'))).toBe(false);
  await panel.getByText(/Advanced options/).click();
  await panel.locator('input[type=password]').fill('sk-test-secret');
  await panel.getByRole('button', { name: 'Send' }).click();
  await panel.getByText('It hashes too much.').waitFor();
  expect(await panel.locator('.diff .add').allTextContents()).toEqual(['+new()\n']);
  const asked = server.sent.find((s) => s.path.endsWith('api/propose'))!.body;
  expect(asked).toMatchObject({ prompt_id: 'p1', provider: 'anthropic', model: 'm-1', key: 'sk-test-secret' });
  await panel.getByRole('button', { name: 'Verify' }).click();
  await panel.getByText(/3\.1x, same output/).waitFor();
  await panel.getByRole('button', { name: 'Apply to the file' }).click();
  await panel.getByRole('button', { name: 'Undo' }).waitFor();
  expect(server.sent.find((s) => s.path.endsWith('api/apply'))!.body).toEqual({ proposal_id: 'q1' });
  // The key is in no storage, no address and no text of the page.
  const kept = await o.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.body.innerText]));
  expect(kept).not.toContain('sk-test');
  expect(server.sent.filter((s) => JSON.stringify(s.body).includes('sk-test')).map((s) => s.path)).toEqual(['/T0KEN/api/propose']);
  expect(o.errors).toEqual([]);
  await o.context.close();
  await server.close();
});

it("shows the provider's own error", async () => {
  const server = await fakeServer(services);
  server.fail = { message: '401: invalid x-api-key' };
  const o = await open(browser, server.url);
  await o.page.locator('.tr.hot .act').first().click();
  await o.page.getByRole('button', { name: 'Send' }).click();
  await o.page.getByText('401: invalid x-api-key').waitFor();
  await o.context.close();
  await server.close();
});

/** The profile with its tables in another order, as a later one of the same run may
 * have them: a file stands before all others. */
function renumbered(json: string): string {
  const it = JSON.parse(json);
  const { facts } = it;
  facts.strings.push('/home/u/app/first.py');
  facts.files.unshift({ path: facts.strings.length - 1, kind: 'source', library: false, program: true, source: 'x = 1\n' });
  facts.functions.file = facts.functions.file.map((f: number) => f + 1);
  return JSON.stringify(it);
}

it('follows a running program from its first figures, and keeps the place of its reader', async () => {
  const server = await fakeServer(services, true, true);
  server.profile = null;
  const o = await open(browser, server.url, { until: '.center' });
  await o.page.getByText('Waiting for the first figures').waitFor();
  server.profile = services;
  server.version = 2;
  await expect.poll(() => o.page.locator('.fact dd').first().textContent(), { timeout: 10_000 }).toMatch(/^20(\.0)? s/);
  await o.page.setViewportSize({ width: 1440, height: 500 });
  // A selection, a brush, a fold that is open, a place in the table.
  await o.page.locator('.tr.hot').nth(1).click();
  await o.page.getByRole('button', { name: 'whole file' }).first().click();
  await o.page.getByLabel('From second').fill('1');
  await o.page.getByLabel('From second').press('Enter');
  const selected = await o.page.locator('.panel h2 .mono').textContent();
  await o.page.evaluate(() => scrollTo(0, 333));
  await o.page.waitForTimeout(150);
  const look = () => o.page.evaluate(() => {
    const row = [...document.querySelectorAll('.tr.body')].find((r) => r.getBoundingClientRect().top > 100)!;
    return `${row.querySelector('.lineno')!.textContent} ${Math.round(row.getBoundingClientRect().top)}`;
  });
  const before = await look();
  server.profile = renumbered(services);
  server.version = 3;
  await expect.poll(() => o.page.locator('.fact dd').first().textContent(), { timeout: 10_000 }).toMatch(/^30(\.0)? s/);
  expect(await o.page.locator('.panel h2 .mono').textContent()).toBe(selected);
  expect(await o.page.evaluate(() => location.hash)).toContain('from=1');
  expect(await o.page.locator('.tr.fold').count()).toBe(0);
  await expect.poll(look).toBe(before);
  // Held still, and followed again.
  await o.page.getByRole('button', { name: 'live' }).click();
  server.version = 4;
  await o.page.waitForTimeout(1500);
  expect(await o.page.locator('.fact dd').first().textContent()).toMatch(/^30(\.0)? s/);
  await o.page.getByRole('button', { name: 'paused' }).click();
  await expect.poll(() => o.page.locator('.fact dd').first().textContent(), { timeout: 10_000 }).toMatch(/^40(\.0)? s/);
  // A damaged one is told of and changes nothing else; the end is told too.
  server.profile = services.slice(0, 500);
  server.version = 5;
  await o.page.getByText('shown: an older profile').waitFor();
  expect(await o.page.locator('.fact dd').first().textContent()).toMatch(/^40(\.0)? s/);
  server.profile = services;
  server.version = 6;
  server.running = false;
  await o.page.getByText('ended').waitFor();
  await expect.poll(() => o.page.locator('.fact dd').first().textContent(), { timeout: 10_000 }).toMatch(/^60(\.0)? s/);
  expect(o.errors).toEqual([]);
  await o.context.close();
  await server.close();
});

it('keeps the box of the flame graph that was zoomed to', async () => {
  const server = await fakeServer(services, true, true);
  const o = await open(browser, server.url, { hash: 'view=flame' });
  const canvas = o.page.locator('.flame canvas');
  await canvas.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await o.page.keyboard.press(key);
  const crumbs = () => o.page.locator('.crumbs').textContent();
  const before = await crumbs();
  expect(before).toMatch(/services\.py/);
  server.profile = renumbered(services);
  server.version = 2;
  await o.page.waitForTimeout(1600);
  expect(await crumbs()).toBe(before);
  expect(o.errors).toEqual([]);
  await o.context.close();
  await server.close();
});

it('shows a saved profile anew when its file has changed', async () => {
  const server = await fakeServer(services);
  const o = await open(browser, server.url);
  await o.page.locator('.tr.body').first().waitFor();
  await o.page.waitForTimeout(200);
  server.version = 7;
  await expect.poll(() => o.page.locator('.fact dd').first().textContent(), { timeout: 10_000 }).toMatch(/^70(\.0)? s/);
  await o.context.close();
  await server.close();
});
