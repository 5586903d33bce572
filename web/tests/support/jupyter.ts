/* JupyterLab, started on the loopback in a folder of its own, and its notebooks as a
 * user sees them in Chromium. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, BrowserContext, Frame, Locator, Page } from 'playwright-core';

const VENV = process.env.SMP_VENV ?? new URL('../../../.venv', import.meta.url).pathname;
const LAB = join(VENV, 'bin', 'jupyter-lab');
const TOKEN = 'a-token-of-the-test';

const PATIENCE = 120_000; // a kernel's start, on a busy machine

/** Both are there: JupyterLab, and the profiler in its Python. */
export const hasLab = existsSync(LAB) && existsSync(join(VENV, 'bin', 'solvidia-mem-prof'));

export interface Lab { url: string; folder: string; stop: () => Promise<void> }

/** The address that it writes once it answers. */
const address = (lab: ChildProcess) => new Promise<string>((found, failed) => {
  let text = '';
  lab.on('exit', (code) => failed(new Error(`jupyter lab ended with ${code}: ${text}`)));
  lab.stderr!.on('data', (piece) => {
    text += String(piece);
    const at = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
    if (at) found(at[0]);
  });
});

/** Every cell is in the document, and nothing pops up. */
const SETTINGS = {
  'notebook-extension/tracker': { windowingMode: 'none' },
  'apputils-extension/notification': { fetchNews: 'false', checkForUpdates: false },
};

function writeSettings(config: string): void {
  for (const [name, value] of Object.entries(SETTINGS)) {
    const path = join(config, 'lab', 'user-settings', '@jupyterlab', `${name}.jupyterlab-settings`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(value));
  }
}

export async function startLab(): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'smp-lab-'));
  const at = (name: string) => join(folder, `.${name}`);
  writeSettings(at('config'));
  const lab = spawn(LAB, ['--no-browser', '--ip=127.0.0.1', '--port=0', '--allow-root', `--IdentityProvider.token=${TOKEN}`,
    `--ServerApp.root_dir=${folder}`], {
    cwd: folder,
    env: { ...process.env, JUPYTER_CONFIG_DIR: at('config'), JUPYTER_DATA_DIR: at('data'), JUPYTER_RUNTIME_DIR: at('runtime'), IPYTHONDIR: at('ipython'), HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((done) => lab.on('exit', done));
  const stop = async () => {
    lab.kill('SIGTERM'); // it ends its kernels
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: await address(lab), folder, stop };
}

export function writeNotebook(lab: Lab, name: string, cells: string[]): void {
  const notebook = {
    cells: cells.map((source, n) => ({ cell_type: 'code', id: `c${n + 1}`, source, metadata: {}, outputs: [], execution_count: null })),
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } }, nbformat: 4, nbformat_minor: 5,
  };
  writeFileSync(join(lab.folder, name), JSON.stringify(notebook));
}

/** A notebook in the Lab's window; cells are numbered from 1, as their prompts are. */
export class Notebook {
  private constructor(readonly page: Page, readonly context: BrowserContext) {}

  static async open(browser: Browser, lab: Lab, name: string): Promise<Notebook> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 } });
    const page = await context.newPage();
    // It asks which kernel, where it was slow to learn of them: the one that is named.
    const dialog = page.locator('.jp-Dialog');
    await page.addLocatorHandler(dialog, async () => {
      console.warn(`JupyterLab asks: ${await dialog.innerText()}`);
      await dialog.locator('.jp-mod-accept').click();
    });
    await page.goto(`${lab.url}lab/tree/${name}?token=${TOKEN}&reset`);
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor();
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: PATIENCE });
    return new Notebook(page, context);
  }

  cell(number: number): Locator {
    return this.page.locator('.jp-Notebook .jp-CodeCell').nth(number - 1);
  }

  output(number: number): Locator {
    return this.cell(number).locator('.jp-Cell-outputArea');
  }

  /** Runs a cell as Shift-Enter does, to its end. A Lab that is not connected to its
   * kernel yet takes no notice; then once more. */
  async run(number: number): Promise<void> {
    const prompt = this.cell(number).locator('.jp-InputPrompt').first();
    const before = await prompt.innerText();
    const end = Date.now() + PATIENCE;
    for (;;) {
      await this.cell(number).locator('.cm-content').click();
      await this.page.keyboard.press('Shift+Enter');
      if (await this.changes(prompt, before, 5000)) break;
      if (Date.now() > end) throw new Error(`cell ${number} does not run`);
    }
    if (!await this.changes(prompt, '[*]:', PATIENCE)) throw new Error(`cell ${number} does not end`);
  }

  private async changes(text: Locator, from: string, patience: number): Promise<boolean> {
    for (const end = Date.now() + patience; Date.now() < end;) {
      if (await text.innerText() !== from) return true;
      await this.page.waitForTimeout(50);
    }
    return false;
  }

  /** The profiler's page in a cell's output. */
  async frame(number: number): Promise<Frame> {
    const handle = await this.output(number).locator('iframe').last().elementHandle();
    const frame = await handle!.contentFrame();
    await frame!.waitForSelector('#view');
    return frame!;
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.waitForFunction(() => !document.querySelector('.jp-mod-dirty'));
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
