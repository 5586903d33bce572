import { chromium } from 'playwright-core';
const [out, url, hash, w, h, dark, js] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const c = await b.newContext({ viewport: { width: +w, height: +h }, colorScheme: dark === '1' ? 'dark' : 'light' });
const t = await c.newPage();
t.on('pageerror', (e) => console.error(e.message)); t.on('console', (m) => m.type() === 'error' && console.error(m.text()));
await t.goto(url + (hash ? '#' + hash : '')); await t.waitForSelector('#view'); if (js) await t.evaluate(js); await t.waitForTimeout(600);
await t.screenshot({ path: out }); await b.close();
