/* The built page in Chromium, used as a person uses it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonFile, launch, open, pageOf } from '../support/browser';
import { makeHostile, makeProfile } from '../support/make-profile';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');
const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

let browser: Browser;
let services: string;
let said: string;
let memory: string;
beforeAll(async () => {
  browser = await launch();
  services = pageOf('services', fixture('services'));
  said = pageOf('said', fixture('said'));
  memory = pageOf('memory', JSON.stringify(makeProfile({ lines: 400, active: 60, samples: 5000, stacks: 900, memory: true })));
});
afterAll(() => browser.close());

const seconds = (text: string | null): number => {
  const it = /([\d.]+)\s*(µs|ms|s)/.exec(text ?? '')!;
  return Number(it[1]) * { s: 1, ms: 1e-3, µs: 1e-6 }[it[2] as 's']!;
};

describe('a profile', () => {
  it('opens without a request, an error or a look outside', async () => {
    const o = await open(browser, services);
    await o.page.locator('.tr.body').first().waitFor();
    for (const key of ['2', '3', '4', '1']) {
      await o.page.keyboard.press(key);
      await o.page.waitForTimeout(60);
    }
    expect(o.requests).toEqual([]);
    expect(o.errors).toEqual([]);
    expect(await o.page.title()).toContain('services.py');
    await o.context.close();
  });

  it('shows the figures of its JSON', async () => {
    const written = JSON.parse(fixture('services'));
    const o = await open(browser, services, { height: 2400 });
    const file = Object.keys(written.files).find((f) => f.endsWith('services.py'))!;
    const line = written.files[file].lines.reduce((a: { wait_s: number }, b: { wait_s: number }) => ((b.wait_s ?? 0) > (a.wait_s ?? 0) ? b : a));
    const row = o.page.locator(`.tr.body:has(.lineno:text-is("${line.lineno}"))`).first();
    const shown = seconds(await row.locator('.timecell').textContent());
    const wait = line.wait_s - (line.wait.cpu ?? 0);
    expect(shown).toBeCloseTo(line.cpu_python_s + line.cpu_native_s + line.cpu_system_s + wait, 2);
    await o.context.close();
  });

  it('sorts by a column, descending first, and back', async () => {
    const o = await open(browser, services);
    const times = async () => (await o.page.locator('.tr.body .timecell span:nth-child(2)').allTextContents()).map(seconds);
    await o.page.getByRole('button', { name: 'Time', exact: true }).click();
    await o.page.waitForFunction(() => document.querySelector('[aria-sort="descending"]'));
    const down = await times();
    expect(down.length).toBeGreaterThan(3);
    expect(down).toEqual([...down].sort((a, b) => b - a));
    await o.page.getByRole('button', { name: 'Time ▼' }).click();
    await o.page.waitForFunction(() => document.querySelector('[aria-sort="ascending"]'));
    const up = await times();
    expect(up).toEqual([...up].sort((a, b) => a - b));
    await o.page.getByRole('button', { name: 'Time ▲' }).click();
    await expect.poll(() => o.page.locator('.tr.file').count()).toBeGreaterThan(0);
    await o.context.close();
  });

  it('shows a line, links to it, and finds it again by the link', async () => {
    const o = await open(browser, services);
    await o.page.locator('.tr.hot').first().click();
    const name = await o.page.locator('.panel h2 .mono').textContent();
    expect(name).toMatch(/services\.py:\d+/);
    expect(await o.page.locator('.panel').textContent()).toContain('Called from');
    await o.page.getByRole('button', { name: 'Copy link' }).click();
    const link = await o.page.evaluate(() => navigator.clipboard.readText());
    const again = await open(browser, services, { hash: link.split('#')[1]! });
    expect(await again.page.locator('.panel h2 .mono').textContent()).toBe(name);
    expect(await again.page.locator('.panel .buttons a').getAttribute('href')).toMatch(/^vscode:\/\/file\/home\/u\/app\/services\.py:\d+:1$/);
    await o.page.getByRole('button', { name: 'Copy prompt' }).click();
    expect(await o.page.evaluate(() => navigator.clipboard.readText())).toMatch(/unified diff/);
    await o.context.close();
    await again.context.close();
  });

  it('opens folds and whole files', async () => {
    const o = await open(browser, services);
    const before = await o.page.locator('.tr').count();
    await o.page.locator('.tr.fold').first().click();
    await expect.poll(() => o.page.locator('.tr').count()).toBeGreaterThan(before);
    await o.page.getByRole('button', { name: 'whole file' }).first().click();
    await expect.poll(() => o.page.locator('.tr.fold').count()).toBe(0);
    await o.context.close();
  });

  it('shows regions, marks and tasks where the program has them, and what a loop costs', async () => {
    const o = await open(browser, said);
    await expect.poll(() => o.page.locator('.loop').first().textContent()).toMatch(/↻ [\d.]+ m?s/);
    await o.page.getByRole('button', { name: 'Regions', exact: true }).click();
    const rows = o.page.locator('section[aria-label="Regions"] tbody tr');
    expect(await rows.first().textContent()).toContain('load');
    expect(await o.page.locator('section[aria-label="Marks"] tbody tr').count()).toBe(3);
    await o.page.getByRole('button', { name: 'Show until the next' }).nth(1).click();
    expect(await o.page.evaluate(() => location.hash)).toMatch(/from=/);
    await o.page.getByRole('button', { name: 'Tasks', exact: true }).click();
    expect(await o.page.locator('section[aria-label="Tasks"] tbody tr').count()).toBe(5);
    await o.page.locator('section[aria-label="Awaits"] .link').first().click();
    await o.page.locator('.panel').waitFor();
    await o.page.goto(`${said}#grain=named`);
    await o.page.reload();
    await o.page.locator('section[aria-label="Regions"] .link').first().click();
    await expect.poll(() => o.page.locator('.half').first().textContent()).toContain('region load');
    expect(o.errors).toEqual([]);
    const other = await open(browser, services);
    expect(await other.page.getByRole('button', { name: 'Regions', exact: true }).count()).toBe(0);
    await o.context.close();
    await other.context.close();
  });

  it('is driven by the keyboard alone', async () => {
    const o = await open(browser, services);
    await o.page.keyboard.press('n');
    await expect.poll(() => o.page.locator('.panel').count()).toBe(1);
    const first = await o.page.locator('.panel h2').textContent();
    await o.page.keyboard.press('n');
    await expect.poll(() => o.page.locator('.panel h2').textContent()).not.toBe(first);
    await o.page.keyboard.press('p');
    await expect.poll(() => o.page.locator('.panel h2').textContent()).toBe(first);
    await o.page.keyboard.press('j');
    await expect.poll(() => o.page.locator('.panel h2').textContent()).not.toBe(first);
    await o.page.keyboard.press('f');
    await expect.poll(() => o.page.locator('.half').count()).toBe(2);
    await o.page.keyboard.press('l');
    await expect.poll(() => o.page.locator('.half').count()).toBe(0);
    await o.page.keyboard.press('+');
    await o.page.keyboard.press('0');
    await o.page.locator('.flame canvas').focus();
    await expect.poll(async () => { // the picture may still be on its way
      for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await o.page.keyboard.press(key);
      return o.page.locator('.crumbs b').count();
    }).toBe(1);
    expect(await o.page.locator('.crumbs b').textContent()).toContain('services.py');
    await o.page.keyboard.press('1');
    await o.page.keyboard.press('/');
    await o.page.keyboard.type('sha256');
    await expect.poll(() => o.page.locator('.mark').count()).toBeGreaterThan(0);
    await o.page.keyboard.press('Escape');
    await o.page.keyboard.press('?');
    expect(await o.page.locator('dialog[open]').textContent()).toContain('Next, previous hot line');
    await o.page.keyboard.press('Escape');
    await expect.poll(() => o.page.locator('dialog').count()).toBe(0);
    expect(o.errors).toEqual([]);
    await o.context.close();
  });

  it('goes from the flame graph to the source and back', async () => {
    const o = await open(browser, services, { hash: 'view=flame' });
    const canvas = o.page.locator('.flame canvas');
    const box = (await canvas.boundingBox())!;
    await canvas.click({ position: { x: box.width / 2, y: 30 } });
    expect(await o.page.locator('.crumbs b').textContent()).toContain('services.py');
    await o.page.locator('.crumbs').getByRole('button', { name: 'Source' }).click();
    await expect.poll(() => o.page.locator('.panel h2').textContent()).toMatch(/services\.py:\d+/);
    await o.page.getByRole('button', { name: 'Flame graph' }).last().click();
    await expect.poll(() => o.page.locator('.half').count()).toBe(2);
    await o.page.getByRole('button', { name: 'Time order' }).click();
    await expect.poll(() => o.page.locator('.track').count()).toBeGreaterThan(0);
    await o.page.getByRole('button', { name: 'Inverted' }).click();
    await expect.poll(() => o.page.locator('.track').count()).toBe(0);
    expect(o.errors).toEqual([]);
    await o.context.close();
  });

  it('recomputes all of it for a brushed time range', async () => {
    const o = await open(browser, services);
    const whole = await o.page.locator('.fact.wide dt').textContent();
    const plot = (await o.page.locator('.plot').boundingBox())!;
    await o.page.mouse.move(plot.x + plot.width * 0.3, plot.y + 40);
    await o.page.mouse.down();
    await o.page.mouse.move(plot.x + plot.width * 0.45, plot.y + 40, { steps: 4 });
    await o.page.mouse.up();
    await expect.poll(() => o.page.locator('.fact.wide dt').textContent()).toContain('of the part');
    const part = await o.page.locator('.fact.wide dt').textContent();
    expect(seconds(part!.replace('100 %', ''))).toBeLessThan(seconds(whole!.replace('100 %', '')));
    expect(await o.page.evaluate(() => location.hash)).toMatch(/from=.*to=/);
    await o.page.keyboard.press('x');
    await expect.poll(() => o.page.locator('.fact.wide dt').textContent()).toBe(whole);
    await o.context.close();
  });

  it('filters by process and thread', async () => {
    const o = await open(browser, services, { hash: 'view=threads' });
    await o.page.getByRole('button', { name: /worker-1/ }).click();
    await expect.poll(() => o.page.locator('.fact.wide dt').textContent()).toContain('of the part');
    await o.page.keyboard.press('1');
    expect(await o.page.locator('.tr.body:has(.timecell)').count()).toBeGreaterThan(0);
    await o.context.close();
  });

  it('compares with a second profile', async () => {
    const slower = JSON.parse(fixture('services'));
    const { samples, frames, stacks } = slower.facts;
    const slow = new Set<number>();
    stacks.parent.forEach((parent: number, s: number) => {
      if (slow.has(parent) || (s && frames.line[stacks.frame[s]] === 11)) slow.add(s);
    });
    samples.stack.forEach((s: number, i: number) => {
      if (slow.has(s)) samples.seconds[i] *= 30;
    });
    const o = await open(browser, services, { hash: 'view=compare' });
    await o.page.setInputFiles('.drop input[type=file]', jsonFile('before.json', JSON.stringify(slower)));
    await o.page.locator('.grid tbody tr').first().waitFor();
    const first = await o.page.locator('.grid tbody tr').first().textContent();
    expect(first).toContain('better');
    expect(first).toContain('services.py:11');
    await o.page.getByRole('button', { name: 'Functions' }).click();
    expect(await o.page.locator('.grid tbody tr').first().textContent()).toContain('digest');
    await o.page.getByRole('button', { name: 'Stacks' }).click();
    expect(await o.page.locator('.grid tbody tr').first().textContent()).toContain('digest');
    await o.context.close();
  });

  it('saves valid files in other formats', async () => {
    const o = await open(browser, services);
    const save = async (name: string): Promise<Buffer> => {
      await o.page.getByRole('button', { name: 'Save as' }).click();
      const [download] = await Promise.all([o.page.waitForEvent('download'), o.page.locator('.menu').getByRole('button', { name, exact: false }).first().click()]);
      return readFileSync(await download.path());
    };
    const written = JSON.parse(fixture('services'));
    const all = written.facts.samples.seconds.reduce((a: number, b: number) => a + b, 0);
    const json = JSON.parse(String(await save('JSON')));
    expect(json.facts.samples.seconds.length).toBe(written.facts.samples.seconds.length);
    const scope = JSON.parse(String(await save('speedscope')));
    const sum = scope.profiles.flatMap((p: { weights: number[] }) => p.weights).reduce((a: number, b: number) => a + b, 0);
    expect(sum).toBeCloseTo(all, 6);
    for (const p of scope.profiles) for (const s of p.samples) for (const f of s) expect(f).toBeLessThan(scope.shared.frames.length);
    const collapsed = String(await save('collapsed')).trim().split('\n').map((l) => Number(/ (\d+)$/.exec(l)![1]));
    expect(collapsed.reduce((a, b) => a + b, 0) / 1e6).toBeCloseTo(all, 2);
    const csv = String(await save('CSV')).trim().split('\n');
    expect(csv[0]).toContain('cpu_native_s');
    expect(csv.length).toBeGreaterThan(10);
    const pprof = gunzipSync(await save('pprof'));
    expect(pprof.includes(Buffer.from('digest'))).toBe(true);
    expect(o.requests).toEqual([]);
    await o.context.close();
  });

  it("tells what Python's arenas hold beside the peak, of the whole run", async () => {
    const o = await open(browser, memory, { width: 1800 });
    const peak = () => o.page.locator('.fact', { hasText: 'Peak' }).textContent();
    expect(await peak()).toContain("+ 12.0 MiB in Python's arenas");
    await o.page.evaluate(() => { location.hash = 'from=1&to=3'; });
    await expect.poll(peak).not.toContain('arenas');
    await o.context.close();
  });

  it('shows memory where there is some, and its leak', async () => {
    const o = await open(browser, memory, { width: 1800 });
    expect(await o.page.getByRole('columnheader', { name: 'Peak' }).count()).toBe(1);
    await o.page.getByRole('button', { name: 'Leak', exact: true }).click();
    const first = await o.page.locator('.tr.body').first().textContent();
    expect(first).toMatch(/2\.0\d MiB\/s/);
    const cpuOnly = await open(browser, services);
    expect(await cpuOnly.page.getByRole('columnheader', { name: 'Peak' }).count()).toBe(0);
    await o.page.keyboard.press('2');
    await o.page.getByRole('button', { name: 'Leaks' }).click();
    await expect.poll(() => o.page.locator('.flame canvas').count()).toBe(1);
    expect(o.errors).toEqual([]);
    await o.context.close();
    await cpuOnly.context.close();
  });
});

describe('damage and malice', () => {
  it('does not run what a profile says', async () => {
    const o = await open(browser, pageOf('hostile', JSON.stringify(makeHostile())));
    for (const key of ['n', '2', 't', 's', 'i', '3', '4', '1']) {
      await o.page.keyboard.press(key);
      await o.page.waitForTimeout(40);
    }
    expect(await o.page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    expect(await o.page.locator('img, main script').count()).toBe(0);
    expect(o.errors).toEqual([]);
    expect(o.requests).toEqual([]);
    await o.context.close();
  });

  it('does not run what the program says of itself', async () => {
    const o = await open(browser, pageOf('hostile-said', JSON.stringify(makeHostile(JSON.parse(fixture('said'))))));
    for (const [view, sections] of [['Regions', ['Regions', 'Marks']], ['Tasks', ['Tasks', 'Awaits']]] as const) {
      await o.page.getByRole('button', { name: view, exact: true }).click();
      for (const section of sections) {
        await expect.poll(() => o.page.locator(`section[aria-label="${section}"] tbody`).textContent()).toContain('<script>window.hacked=1');
      }
    }
    expect(await o.page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    expect(await o.page.locator('img, main script').count()).toBe(0);
    expect(o.errors).toEqual([]);
    await o.context.close();
  });

  it('refuses script and requests by its policy', async () => {
    const o = await open(browser, services);
    const outcome = await o.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 1';
      document.body.append(script);
      const fetched = await fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused');
      return { hacked: (window as unknown as { hacked?: number }).hacked, fetched };
    });
    expect(outcome).toEqual({ hacked: undefined, fetched: 'refused' });
    expect(o.errors.join()).toContain('Content Security Policy');
    await o.context.close();
  });

  it.each([
    ['cut off', (j: string) => j.slice(0, -500), 'not JSON, or was cut off'],
    ['of another tool', () => '{"a": 1}', 'not a profile of solvidia-mem-prof'],
    ['with an index that leads nowhere', (j: string) => j.replace(/"stack":\[\d+/, '"stack":[99999999'), 'facts.samples.stack[0] is out of range'],
    ['with columns of unequal length', (j: string) => j.replace(/"bin":\[\d+,/, '"bin":['), 'facts.samples.bin has another length'],
    ['of a later schema', (j: string) => j.replace('"schema_version":1', '"schema_version":9'), 'schema version 9'],
  ])('says what is wrong with a profile %s', async (name, damage, says) => {
    const o = await open(browser, pageOf(`damaged-${name.replace(/ /g, '-')}`, damage(fixture('orders'))));
    expect(await o.page.locator('[role=alert]').textContent()).toContain(says);
    // Another one can be opened in its place.
    await o.page.setInputFiles('input[type=file]', jsonFile('good.json', fixture('orders')));
    await o.page.locator('.tr.body').first().waitFor();
    await o.context.close();
  });

  it('asks for a profile where it has none', async () => {
    const o = await open(browser, new URL('../../dist/page.html', import.meta.url).href);
    expect(await o.page.locator('h2').first().textContent()).toContain('Open a profile');
    await o.page.setInputFiles('input[type=file]', jsonFile('one.json', fixture('orders')));
    await o.page.locator('.tr.body').first().waitFor();
    await o.context.close();
  });

  it('lives in a sandboxed frame', async () => {
    const html = readFileSync(new URL(services), 'utf8');
    const o = await open(browser, services);
    await o.page.setContent('<iframe sandbox="allow-scripts" style="width:900px;height:700px"></iframe>');
    await o.page.evaluate((srcdoc) => {
      document.querySelector('iframe')!.srcdoc = srcdoc;
    }, html);
    const frame = o.page.frameLocator('iframe');
    await frame.locator('.tr.body').first().waitFor({ timeout: 10_000 });
    await frame.getByRole('tab', { name: 'Threads' }).click();
    await frame.locator('.grid').first().waitFor();
    await o.context.close();
  });
});

describe('for everyone', () => {
  it.each([[true, 'services'], [false, 'memory']])('axe finds nothing serious (dark: %s, %s)', async (dark, which) => {
    const o = await open(browser, which === 'memory' ? memory : services, { dark, width: 1500 });
    const serious: string[] = [];
    for (const key of ['n', '2', 's', '3', '4', '?']) {
      await o.page.keyboard.press(key);
      await o.page.waitForTimeout(120);
      await o.page.evaluate(AXE).catch(() => {});
      const found = await o.page.evaluate(() => (window as unknown as { axe: { run(context: Document, how: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run(document, { resultTypes: ['violations'], preload: false }));
      for (const v of found.violations) {
        if (v.impact === 'serious' || v.impact === 'critical') serious.push(`${key} ${v.id}: ${v.nodes.slice(0, 2).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary.slice(0, 200)}`).join(' | ')}`);
      }
    }
    expect(serious).toEqual([]);
    await o.context.close();
  });

  it.each([360, 768, 3840])('fits %s pixels without scrolling sideways', async (width) => {
    const o = await open(browser, memory, { width });
    for (const key of ['1', 'n', '2', 't', 's', '3', '4']) {
      await o.page.keyboard.press(key);
      await o.page.waitForTimeout(60);
      const over = await o.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(over, `view of key ${key}`).toBeLessThanOrEqual(0);
    }
    await o.context.close();
  });

  it('keeps the chosen colours', async () => {
    const o = await open(browser, services);
    const background = () => o.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await o.page.getByRole('button', { name: /Colours/ }).click();
    await o.page.getByRole('button', { name: /Colours/ }).click();
    expect(await background()).not.toBe(light);
    await o.page.reload();
    await o.page.waitForSelector('#view');
    expect(await background()).not.toBe(light);
    await o.context.close();
  });

  it('keeps no key and nothing of the profile', async () => {
    const o = await open(browser, services);
    await o.page.keyboard.press('n');
    const kept = await o.page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(kept).not.toContain('services.py');
    await o.context.close();
  });
});
