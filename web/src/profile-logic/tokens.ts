/* Colours of Python source, one line at a time. Only visible rows are tokenised;
 * what a line begins in (inside which string) is found once for a whole file. */

export type TokenKind = 'keyword' | 'string' | 'number' | 'comment' | 'builtin' | 'decorator' | 'definition' | 'plain';
export interface Token { start: number; end: number; kind: TokenKind }

/** What a line begins in: "" code, else the quotes that end the string. */
export type LineState = '' | '"""' | "'''" | '"' | "'";

const KEYWORDS = new Set(('False None True and as assert async await break class continue def del elif else '
  + 'except finally for from global if import in is lambda nonlocal not or pass raise return try while with '
  + 'yield match case').split(' '));
const BUILTINS = new Set(('abs all any bool bytes bytearray callable chr dict dir divmod enumerate eval exec '
  + 'filter float format frozenset getattr hasattr hash hex id input int isinstance issubclass iter len list '
  + 'map max min next object oct open ord pow print property range repr reversed round self set setattr slice '
  + 'sorted staticmethod classmethod str sum super tuple type vars zip cls').split(' '));

const TOKEN = /(?<comment>#.*)|(?<string>[a-zA-Z]{0,2}(?:"""|'''|"|'))|(?<decorator>@[\w.]+)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>(?:0[xXoObB][\da-fA-F_]+)|(?:\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?[jJ]?)|(?:\.\d[\d_]*(?:[eE][+-]?\d+)?[jJ]?))/uy;

const LONGEST = 2000; // characters of a line that are coloured

/** Where the string that `quotes` opened ends in the line; -1: not in it. */
function endOfString(line: string, at: number, quotes: string): number {
  for (let i = at; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line.startsWith(quotes, i)) return i + quotes.length;
  }
  return -1;
}

/** The state behind a line's end in an open string. */
function carry(line: string, quotes: string): LineState {
  if (quotes.length === 3) return quotes as LineState;
  return line.endsWith('\\') ? (quotes as LineState) : '';
}

/** Calls `see` for each token; returns what the next line begins in. */
function scan(line: string, state: LineState, see: (start: number, end: number, kind: TokenKind) => void): LineState {
  let at = 0;
  if (state) {
    const end = endOfString(line, 0, state);
    see(0, end < 0 ? line.length : end, 'string');
    if (end < 0) return carry(line, state);
    at = end;
  }
  let defines = false;
  while (at < line.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(line);
    if (!found) {
      at++;
      continue;
    }
    const end = at + found[0].length;
    const g = found.groups!;
    if (g.string) {
      const quotes = g.string.replace(/^[a-zA-Z]*/, '');
      const close = endOfString(line, end, quotes);
      see(at, close < 0 ? line.length : close, 'string');
      if (close < 0) return carry(line, quotes);
      at = close;
      continue;
    }
    if (g.comment) see(at, end, 'comment');
    else if (g.number) see(at, end, 'number');
    else if (g.decorator) see(at, end, line.slice(0, at).trim() === '' ? 'decorator' : 'plain');
    else if (g.word) {
      if (defines) see(at, end, 'definition');
      else if (KEYWORDS.has(g.word)) see(at, end, 'keyword');
      else if (BUILTINS.has(g.word) && line[at - 1] !== '.') see(at, end, 'builtin');
      defines = g.word === 'def' || g.word === 'class';
    }
    at = end;
  }
  return '';
}

/** Tokens of a line, without gaps, from its first character to its last. */
export function tokenize(line: string, state: LineState): Token[] {
  const tokens: Token[] = [];
  let done = 0;
  const cut = line.length > LONGEST ? line.slice(0, LONGEST) : line;
  scan(cut, state, (start, end, kind) => {
    if (start > done) tokens.push({ start: done, end: start, kind: 'plain' });
    tokens.push({ start, end, kind });
    done = end;
  });
  if (done < line.length) tokens.push({ start: done, end: line.length, kind: 'plain' });
  return tokens;
}

const QUIET = /["'\\]/;

/** For each line of a file: what it begins in. */
export function lineStates(lines: readonly string[]): LineState[] {
  const states: LineState[] = new Array<LineState>(lines.length);
  let state: LineState = '';
  for (let i = 0; i < lines.length; i++) {
    states[i] = state;
    const line = lines[i]!;
    if (state || QUIET.test(line)) state = scan(line.slice(0, LONGEST), state, () => {});
  }
  return states;
}

/** Lines as Python counts them. */
export const splitLines = (source: string): string[] => {
  const lines = source.split(/\r\n|\n|\r/);
  if (lines.length > 1 && lines[lines.length - 1] === '') lines.pop();
  return lines;
};

/** The character at which a 1-based column of UTF-8 bytes stands. */
export function columnToIndex(line: string, column: number): number {
  let byte = 1;
  for (let i = 0; i < line.length;) {
    if (byte >= column) return i;
    const code = line.codePointAt(i)!;
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    i += code < 0x10000 ? 1 : 2;
  }
  return line.length;
}
