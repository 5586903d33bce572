/* Gives the built page its content security policy: only its own script and style,
 * told by their hashes, and no connection to anywhere. Writes dist/page.html. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
let page = readFileSync(new URL('index.html', dist), 'utf8');

const hashes = (pattern) => [...page.matchAll(pattern)]
  .map((m) => `'sha256-${createHash('sha256').update(m[1]).digest('base64')}'`).join(' ');

page = page.replace(/<script type="module" crossorigin>/, '<script type="module">')
  .replace(/<style rel="stylesheet" crossorigin>/, '<style>');
// The script goes behind the profile, so that both are there when it runs.
const script = /<script type="module">[\s\S]*?<\/script>/.exec(page)[0];
page = page.replace(script, () => '').replace('</body>', () => `${script}\n</body>`);

const policy = [
  "default-src 'none'",
  `script-src ${hashes(/<script type="module">([\s\S]*?)<\/script>/g)}`,
  `style-src ${hashes(/<style>([\s\S]*?)<\/style>/g)}`,
  'img-src data:',
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
page = page.replace('<meta charset="utf-8" />',
  () => `<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`);

for (const [what, wanted] of [['data-encoding="none"></script>', 1], ["connect-src 'none'", 1]]) {
  const found = page.split(what).length - 1;
  if (found !== wanted) throw new Error(`finish: ${what} is there ${found} times`);
}
if (/https?:\/\/(?!www\.w3\.org|www\.speedscope\.app)/.test(page)) throw new Error('finish: the page names an address');
writeFileSync(new URL('page.html', dist), page);
rmSync(new URL('index.html', dist));
process.stdout.write(`dist/page.html: ${Math.round(page.length / 1024)} KiB\n`);
