/* Regions of source: loops, functions and classes, by their indentation. */
import type { LineState } from './tokens';

export interface Region {
  kind: 'loop' | 'function' | 'class';
  /** Of a function or class its name, of a loop its header. */
  name: string;
  first: number; // its header's line
  last: number;
  /** The region around it, or -1; and how many are around it. */
  parent: number;
  level: number;
}

const HEADER = /^(?:async\s+)?(for|while|def|class)\b\s*([\p{L}_][\p{L}\p{N}_]*)?/u;
const INDENT = /^[ \t\f]*/;
const TAB = 8;

function indentOf(line: string): number {
  let width = 0;
  for (const c of INDENT.exec(line)![0]) width = c === '\t' ? (Math.floor(width / TAB) + 1) * TAB : c === '\f' ? 0 : width + 1;
  return width;
}

/** Brackets that a line leaves open; text in strings and comments does not count. */
function bracketsOf(line: string): number {
  let open = 0;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '#') break;
    if (c === '"' || c === "'") {
      const end = closing(line, i);
      if (end < 0) break;
      i = end;
    } else if (c === '(' || c === '[' || c === '{') open++;
    else if (c === ')' || c === ']' || c === '}') open--;
  }
  return open;
}

function closing(line: string, at: number): number {
  const quotes = line.startsWith(line[at]!.repeat(3), at) ? line[at]!.repeat(3) : line[at]!;
  for (let i = at + quotes.length; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line.startsWith(quotes, i)) return i + quotes.length - 1;
  }
  return -1;
}

export function findRegions(lines: readonly string[], states: readonly LineState[]): { regions: Region[]; regionOfLine: Int32Array } {
  const regions: Region[] = [];
  const regionOfLine = new Int32Array(lines.length + 1).fill(-1);
  const open: { region: number; indent: number }[] = [];
  let brackets = 0;
  let lastCode = 0; // the last line that is neither empty nor a comment
  const close = (indent: number) => {
    while (open.length && open[open.length - 1]!.indent >= indent) regions[open.pop()!.region]!.last = lastCode;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const bare = line.trimStart();
    const begins = states[i] === '' && brackets === 0 && bare !== '' && !bare.startsWith('#');
    if (begins) {
      const indent = indentOf(line);
      close(indent);
      const header = HEADER.exec(bare);
      if (header) {
        const kind = header[1] === 'def' ? 'function' : header[1] === 'class' ? 'class' : 'loop';
        const parent = open.length ? open[open.length - 1]!.region : -1;
        const name = kind === 'loop' ? bare.replace(/\s*(#.*)?$/, '').replace(/:$/, '') : header[2] ?? '';
        regions.push({ kind, name, first: i + 1, last: i + 1, parent, level: open.length });
        open.push({ region: regions.length - 1, indent });
      }
    }
    if (bare !== '' && !(bare.startsWith('#') && states[i] === '')) lastCode = i + 1;
    if (states[i] === '') brackets = Math.max(0, brackets + bracketsOf(line));
    regionOfLine[i + 1] = open.length ? open[open.length - 1]!.region : -1;
  }
  close(-1);
  // Lines behind a region's last line of code are not in it.
  for (let n = 1; n <= lines.length; n++) {
    let r = regionOfLine[n]!;
    while (r >= 0 && n > regions[r]!.last) r = regions[r]!.parent;
    regionOfLine[n] = r;
  }
  return { regions, regionOfLine };
}
