/* The magics in JupyterLab, as their user sees them: the page in the cell's output,
 * and the table where the notebook is not trusted. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser';
import { hasLab, type Lab, Notebook, startLab, writeNotebook } from '../support/jupyter';

const CELLS = [
  '%load_ext solvidia_mem_prof',
  'def rows(n):\n    return [{"id": i, "name": f"row {i}"} for i in range(n)]',
  '%%solvidia-mem-prof\nkept = rows(150_000), bytearray(40_000_000)\nlen(kept)',
  '%scrun --cpu-only sum(range(20_000_000))',
  '%smp_on',
  'block = bytearray(60_000_000)',
  '%smp_off',
  '%%solvidia-mem-prof\ndef bad():\n    return rows(100_000)[0]["nothing"]\nbad()',
];
const test = it.skipIf(!hasLab);
let browser: Browser;
let lab: Lab;

beforeAll(async () => {
  if (!hasLab) return;
  browser = await launch();
  lab = await startLab();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

/** What the page in this cell's output says. */
async function shown(notebook: Notebook, cell: number): Promise<string> {
  return (await (await notebook.frame(cell)).locator('body').innerText()).replace(/\s+/g, ' ');
}

test('shows the page below a cell, a statement, and several cells', async () => {
  writeNotebook(lab, 'book.ipynb', CELLS);
  const notebook = await Notebook.open(browser, lab, 'book.ipynb');
  for (let n = 1; n <= CELLS.length; n++) await notebook.run(n);

  // Its own lines and those of the cell that it calls, by their numbers.
  let text = await shown(notebook, 3);
  expect(text).toMatch(/^Skip to the tables cell \[3\]/);
  expect(text).toContain('kept = rows(150_000), bytearray(40_000_000)');
  expect(text).toContain('cell [2]');
  expect(text).toContain('return [{"id": i, "name": f"row {i}"} for i in range');
  expect(text).toMatch(/Peak [\d.]+ MiB/);
  expect(await notebook.output(3).innerText()).toMatch(/\s2$/);
  expect(await notebook.output(3).locator('iframe').getAttribute('sandbox')).toBe('allow-scripts');
  expect(await notebook.output(3).locator('pre.solvidia-mem-prof-table').isVisible()).toBe(false);

  text = await shown(notebook, 4);
  expect(text).toContain('cell [4] %scrun');
  expect(text).not.toMatch(/Peak/); // --cpu-only
  expect(await notebook.output(4).innerText()).toMatch(/\s199999990000000$/);

  text = await shown(notebook, 7);
  expect(text).toMatch(/^Skip to the tables cells \[5\] to \[7\]/);
  expect(text).toContain('block = bytearray(60_000_000)');
  expect(text).toMatch(/Peak 57\.\d MiB/);
  expect(await notebook.output(5).innerText()).toBe('');

  // The exception as always, and the page.
  const output = await notebook.output(8).innerText();
  expect(output).toMatch(/-+\s*KeyError/);
  expect(output).toMatch(/----> 4 bad\(\)[\s\S]*KeyError: 'nothing'/);
  expect(await shown(notebook, 8)).toContain('cell [8]');

  // Again, in the same kernel: each of its own, in place of the one before.
  for (let run = 9; run <= 11; run++) {
    await notebook.run(3);
    expect(await notebook.output(3).locator('iframe').count()).toBe(1);
    text = await shown(notebook, 3);
    expect(text).toMatch(new RegExp(`^Skip to the tables cell \\[${run}\\]`));
    expect(text).toContain('kept = rows(150_000), bytearray(40_000_000)');
  }
  await notebook.save();
  await notebook.close();
}, 300_000);

test('leaves a plain table where the notebook is not trusted', async () => {
  // Somebody else's: its outputs are none that this server has signed.
  const other = join(lab.folder, 'theirs.ipynb');
  copyFileSync(join(lab.folder, 'book.ipynb'), other);
  writeFileSync(other, readFileSync(other, 'utf8').replace('"2"', '"3"'));
  const notebook = await Notebook.open(browser, lab, 'theirs.ipynb');
  const table = notebook.output(3).locator('pre', { hasText: 'kept = rows(150_000), bytearray(40_000_000)' });
  await table.waitFor({ state: 'visible' });
  expect(await notebook.page.locator('.jp-Notebook iframe').count()).toBe(0);
  const text = await table.innerText();
  expect(text).toMatch(/cell \[11\] ran [\d.]+ m?s/);
  expect(text).toMatch(/Memory peak [\d.]+ MiB/);
  await table.scrollIntoViewIfNeeded();
  if (process.env.SMP_SHOTS) await notebook.page.screenshot({ path: join(process.env.SMP_SHOTS, 'untrusted.png') });
  await notebook.close();
}, 180_000);
