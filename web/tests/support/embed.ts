/* Puts a profile into the built page, as src/report/html.c does. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const MARK = 'data-encoding="none"></script>';
const PAGE = new URL('../../dist/page.html', import.meta.url);
const GZIP_FROM = 1 << 20;

const escaped = (json: string) => json.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

export const emptyPage = (): string => readFileSync(PAGE, 'utf8');

export function embed(json: string): string {
  const page = readFileSync(PAGE, 'utf8');
  const zipped = json.length >= GZIP_FROM;
  const data = zipped ? gzipSync(json, { level: 1 }).toString('base64') : escaped(json);
  return page.replace(MARK, () => `data-encoding="${zipped ? 'gzip' : 'json'}">${data}</script>`);
}
