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

it('follows a running program', async () => {
  const server = await fakeServer(services, true);
  const o = await open(browser, server.url);
  await o.page.locator('.live').waitFor();
  server.version = 2;
  await expect.poll(() => o.page.locator('.fact dd').first().textContent(), { timeout: 10_000 }).toContain('200 s');
  expect(o.errors).toEqual([]);
  await o.context.close();
  await server.close();
});
