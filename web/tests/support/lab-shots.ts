import { launch } from './browser';
import { startLab, writeNotebook, Notebook } from './jupyter';
const lab = await startLab();
console.log(lab.url);
const out = process.argv[2]!;
try {
  writeNotebook(lab, 'a.ipynb', ['%load_ext solvidia_mem_prof',
   `import json
def rows(n):
    return [{"id": i, "name": f"row {i}"} for i in range(n)]`,
   `%%solvidia-mem-prof
text = json.dumps(rows(300_000))
len(text)`,
   '%scrun --cpu-only json.loads(text)[:1]', '%smp_on', 'again = [json.loads(text) for _ in range(2)]', '%smp_off',
   `%%solvidia-mem-prof
def bad():
    x = rows(200_000)
    return x[0]["nothing"]
bad()`]);
  const browser = await launch();
  const n = await Notebook.open(browser, lab, 'a.ipynb');
  for (let i = 1; i <= 8; i++) {
    setTimeout(()=>n.page.screenshot({ path: `${out}/late${i}.png` }).catch(()=>0), 20000).unref();
    await n.run(i);
    console.log(i, (await n.output(i).innerText().catch(() => '')).slice(0, 300));
    const frames = await n.output(i).locator('iframe').count();
    if (frames) {
      const f = await n.frame(i);
      console.log('FRAME', (await f.locator('body').innerText()).slice(0, 700));
    }
    await n.cell(i).scrollIntoViewIfNeeded();
    await n.page.waitForTimeout(400);
    await n.page.screenshot({ path: `${out}/cell${i}.png` });
  }
  await n.save();
  await browser.close();
} finally { await lab.stop(); }
