/* Rows of the source table: files, their lines, and quiet stretches folded. */
import { allS } from './cost';
import type { FileCost } from './files';
import { type ColumnId, columnOf, type Figures, functionFigures, lineFigures, memoryOfLines } from './figures';
import type { MemoryView } from './memory';
import { functionName, shortPath } from './names';
import { regionCosts } from './region-costs';
import { sourceOf } from './source';
import { NONE, type FileIndex, type Line } from './units';
import type { View } from './view';

export type Row =
  | { kind: 'file'; file: FileIndex; figures: Figures; lines: number }
  | { kind: 'line'; file: FileIndex; line: Line; figures: Figures; index: number; hot: boolean; active: boolean; path: boolean }
  | { kind: 'fold'; file: FileIndex; from: Line; to: Line }
  | { kind: 'entry'; file: FileIndex; line: Line; name: string; place: string; what: string; figures: Figures; index: number; hot: boolean };

export type Grain = 'lines' | 'functions' | 'files' | 'regions';

export interface RowChoice {
  grain: Grain;
  sort: ColumnId | null; // null: in the order of the source
  descending: boolean;
  /** Lines and files below this share of the time (and of the peak) are quiet. */
  threshold: number;
  /** Folds that were opened: `file:from`; and files shown whole, or closed. */
  opened: ReadonlySet<string>;
  whole: ReadonlySet<FileIndex>;
  closed: ReadonlySet<FileIndex>;
  search: string;
}

/** A line from this share of the whole on is hot. */
export const HOT_SHARE = 0.05;
const CONTEXT = 2; // quiet lines kept beside an active one
const SHORTEST_FOLD = 4;

/** The greatest of a line's shares: of time, of memory, of copies. */
export function weight(v: View, m: MemoryView | null, f: Figures): number {
  const time = v.wholeS > 0 ? allS(f.costs) / v.wholeS : 0;
  if (!m || !f.memory) return time;
  const part = (of: 'peakBytes' | 'allocBytes' | 'copyBytes') => (m.total[of] > 0 ? f.memory![of] / m.total[of] : 0);
  return Math.max(time, Math.min(1, part('peakBytes')), part('allocBytes'), part('copyBytes'), f.memory.leak ? HOT_SHARE : 0);
}

function fileFigures(m: MemoryView | null, f: FileCost): Figures {
  return { costs: f.costs, total: null, memory: memoryOfLines(m, f.lines) };
}

function matches(search: string, ...texts: string[]): boolean {
  if (!search) return true;
  const wanted = search.toLowerCase();
  return texts.some((t) => t.toLowerCase().includes(wanted));
}

interface Context { v: View; m: MemoryView | null; choice: RowChoice }

function lineRow({ v, m, choice }: Context, file: FileIndex, line: Line, index: number): Row & { kind: 'line' } {
  const figures = lineFigures(v, m, index);
  const w = weight(v, m, figures);
  return {
    kind: 'line', file, line, figures, index, hot: w >= HOT_SHARE,
    active: w >= choice.threshold && w > 0,
    path: figures.total !== null && v.wholeS > 0 && allS(figures.total) / v.wholeS >= choice.threshold,
  };
}

/** Which lines of a file are shown: active ones, what is near them, and the
 * headers of the regions that hold them. */
function shownLines(c: Context, f: FileCost, rows: Map<Line, Row & { kind: 'line' }>, count: number): Uint8Array {
  const shown = new Uint8Array(count + 2);
  const source = sourceOf(c.v.profile, f.file);
  for (const [line, row] of rows) {
    if (!(row.active || row.path) || line < 1 || line > count) continue;
    for (let n = Math.max(1, line - CONTEXT); n <= Math.min(count, line + CONTEXT); n++) shown[n] = 1;
    for (let r = source?.regionOfLine[line] ?? NONE; r >= 0; r = source!.regions[r]!.parent) shown[source!.regions[r]!.first] = 1;
  }
  return shown;
}

function sourceRows(c: Context, f: FileCost): Row[] {
  const { v, choice } = c;
  const source = sourceOf(v.profile, f.file);
  const byLine = new Map<Line, Row & { kind: 'line' }>();
  for (const index of f.lines) {
    const line = v.index.lineNumber[index]!;
    byLine.set(line, lineRow(c, f.file, line, index));
  }
  if (!source) return [...byLine.values()].filter((r) => r.active || choice.whole.has(f.file));
  const count = source.lines.length;
  const out: Row[] = [];
  for (const [line, row] of byLine) if (line < 1) out.push(row);
  const row = (n: Line) => byLine.get(n) ?? lineRow(c, f.file, n, NONE);
  if (choice.search) {
    source.lines.forEach((text, i) => {
      if (matches(choice.search, text)) out.push(row(i + 1));
    });
    return out;
  }
  const shown = choice.whole.has(f.file) ? new Uint8Array(count + 2).fill(1) : shownLines(c, f, byLine, count);
  for (let n = 1; n <= count;) {
    let end = n;
    while (end <= count && !shown[end]) end++;
    const open = end - n < SHORTEST_FOLD || choice.opened.has(`${f.file}:${n}`);
    if (end > n && !open) {
      out.push({ kind: 'fold', file: f.file, from: n, to: end - 1 });
      n = end;
      continue;
    }
    for (; n < Math.max(end, n + 1) && n <= count && (n < end || shown[n]); n++) out.push(row(n));
  }
  for (const [line, it] of byLine) if (line > count) out.push(it);
  return out;
}

/** Files in their order, each with its source. */
function bySource(c: Context, files: readonly FileCost[]): Row[] {
  const out: Row[] = [];
  for (const f of files) {
    const figures = fileFigures(c.m, f);
    const own = matches(c.choice.search, shortPath(c.v.profile, f.file));
    const rows = c.choice.closed.has(f.file) ? [] : sourceRows(c, f);
    if (c.choice.search && rows.length === 0 && !own) continue;
    if (!c.choice.search && weight(c.v, c.m, figures) < c.choice.threshold && files.length > 1
      && !f.lines.some((l) => allS(c.v.lineTotals, l) / c.v.wholeS >= c.choice.threshold)) continue;
    out.push({ kind: 'file', file: f.file, figures, lines: rows.length }, ...rows);
  }
  return out;
}

function lineEntries(c: Context, files: readonly FileCost[]): Row[] {
  const out: Row[] = [];
  for (const f of files) {
    const source = sourceOf(c.v.profile, f.file);
    for (const index of f.lines) {
      const line = c.v.index.lineNumber[index]!;
      const row = lineRow(c, f.file, line, index);
      const text = source?.lines[line - 1] ?? '';
      if (!(row.active || row.path || c.choice.search) || !matches(c.choice.search, text, shortPath(c.v.profile, f.file))) continue;
      out.push(row);
    }
  }
  return out;
}

function entry(c: Context, at: { file: FileIndex; line: Line; name: string; what: string; index: number }, figures: Figures): Row & { kind: 'entry' } {
  const place = shortPath(c.v.profile, at.file) + (at.line ? `:${at.line}` : '');
  return { kind: 'entry', ...at, place, figures, hot: weight(c.v, c.m, figures) >= HOT_SHARE };
}

function functionEntries(c: Context, files: readonly FileCost[]): Row[] {
  const { functions } = c.v.profile;
  return files.flatMap((f) => f.functions.map((fn) => entry(c, {
    file: f.file, line: functions.firstLine[fn]!, name: functions.name[fn]!, what: 'function', index: fn,
  }, functionFigures(c.v, c.m, fn)))).filter((r) => matches(c.choice.search, r.name, r.place));
}

function fileEntries(c: Context, files: readonly FileCost[]): Row[] {
  return files.map((f) => entry(c, {
    file: f.file, line: 0, name: shortPath(c.v.profile, f.file), what: 'file', index: f.file,
  }, fileFigures(c.m, f))).map((r) => ({ ...r, place: `${files.find((f) => f.file === r.file)!.lines.length} active lines` }))
    .filter((r) => matches(c.choice.search, r.name));
}

function regionEntries(c: Context): Row[] {
  return regionCosts(c.v).filter((r) => r.region.kind === 'loop').map((r, i) => entry(c, {
    file: r.file, line: r.region.first, name: r.region.name, what: `loop, lines ${r.region.first} to ${r.region.last}`, index: i,
  }, { costs: r.self, total: r.total, memory: memoryOfLines(c.m, r.lines) }))
    .filter((r) => matches(c.choice.search, r.name, r.place));
}

function sorted(rows: Row[], choice: RowChoice, fallback: ColumnId): Row[] {
  const column = columnOf(choice.sort ?? fallback);
  const value = (r: Row) => (r.kind === 'fold' ? 0 : column.value(r.figures));
  const sign = choice.descending ? 1 : -1;
  const time = columnOf('time');
  const second = (r: Row) => (r.kind === 'fold' ? 0 : time.value(r.figures));
  return rows.sort((a, b) => sign * (value(b) - value(a)) || second(b) - second(a));
}

export function makeRows(v: View, m: MemoryView | null, files: readonly FileCost[], choice: RowChoice): Row[] {
  const c: Context = { v, m, choice };
  switch (choice.grain) {
    case 'lines':
      return choice.sort === null ? bySource(c, files) : sorted(lineEntries(c, files), choice, 'time');
    case 'functions':
      return sorted(functionEntries(c, files), choice, 'time');
    case 'files':
      return sorted(fileEntries(c, files), choice, 'time');
    case 'regions':
      return sorted(regionEntries(c), choice, 'total');
  }
}

export const describeEntry = (v: View, row: Row & { kind: 'entry' }): string =>
  row.what === 'function' ? functionName(v.profile, row.index) : row.name;
