/* Figures: what the table's columns show of a line, function, file or region. */
import { allS, CPU_COUNT, type Costs, cpuS, newCosts, OTHER_WAIT, waitS } from './cost';
import { type MemoryCost, type MemoryView, noMemory } from './memory';
import { aliveTogether } from './memory-sites';
import { bytes, count, percent, seconds } from './numbers';
import type { View } from './view';

export interface Figures {
  costs: Costs; // one row
  total: Costs | null; // with what it called
  memory: MemoryCost | null;
}

export type ColumnId =
  | 'time' | 'total' | 'python' | 'native' | 'system' | 'wait' | 'otherWait' | 'samples'
  | 'alloc' | 'avg' | 'peak' | 'net' | 'leak' | 'pythonShare' | 'copy';

export interface Column {
  id: ColumnId;
  title: string;
  help: string;
  value(f: Figures): number;
  text(value: number, wholeS: number): string;
}

const withShare = (s: number, whole: number) => (whole > 0 ? `${seconds(s)}  ${percent(s / whole)}` : seconds(s));
const time = (id: ColumnId, title: string, help: string, value: (f: Figures) => number): Column =>
  ({ id, title, help, value, text: (v) => seconds(v) });
const size = (id: ColumnId, title: string, help: string, value: (m: MemoryCost) => number): Column =>
  ({ id, title, help, value: (f) => (f.memory ? value(f.memory) : 0), text: (v) => bytes(v) });

export const COLUMNS: readonly Column[] = [
  { id: 'time', title: 'Time', help: 'CPU time of all threads, and waiting of the main thread; libraries and native code are charged to the line that called them', value: (f) => allS(f.costs), text: withShare },
  { id: 'total', title: 'With calls', help: 'With all that it called; what calls itself counts once', value: (f) => (f.total ? allS(f.total) : 0), text: (v) => seconds(v) },
  time('python', 'Python', 'CPU time in which the interpreter ran bytecode', (f) => f.costs[0]!),
  time('native', 'Native', 'CPU time in C code: extension modules, libraries, builtins', (f) => f.costs[1]!),
  time('system', 'System', 'CPU time in the kernel: system calls and page faults', (f) => f.costs[2]!),
  time('wait', 'Waiting', 'The main thread was not on a CPU: input and output, locks, the GIL, sleep', (f) => waitS(f.costs)),
  time('otherWait', 'Other threads wait', 'Waiting of all other threads: no part of the shares', (f) => f.costs[OTHER_WAIT]!),
  size('alloc', 'Allocated', 'Bytes allocated, whether or not they were freed again', (m) => m.allocBytes),
  size('avg', 'Average', 'Bytes alive, the mean over time', (m) => m.avgBytes),
  size('peak', 'Peak', 'The most bytes alive at one time', (m) => m.peakBytes),
  size('net', 'Net', 'Allocated less freed', (m) => m.netBytes),
  { id: 'pythonShare', title: 'Python', help: 'Share of the allocated bytes that are Python objects', value: (f) => (f.memory?.allocBytes ? f.memory.pythonBytes / f.memory.allocBytes : 0), text: (v) => percent(v) },
  size('copy', 'Copied', 'Bytes moved by library copies', (m) => m.copyBytes),
  { id: 'leak', title: 'Leak', help: 'Grows and is never freed: bytes a second', value: (f) => f.memory?.leak?.rate ?? 0, text: (v) => (v ? `${bytes(v)}/s` : '') },
  { id: 'samples', title: 'Samples', help: 'Measurements behind the CPU time: the more, the surer', value: (f) => f.costs[CPU_COUNT]!, text: (v) => count(v) },
];

export const columnOf = (id: ColumnId): Column => COLUMNS.find((c) => c.id === id)!;

/** The order in which columns get room, and what each takes (pixels, gap included). */
const PRIORITY: readonly ColumnId[] = ['time', 'peak', 'leak', 'total', 'net', 'alloc', 'copy', 'python', 'native', 'system', 'wait', 'avg', 'pythonShare'];
export const COLUMN_PX = 84;
export const SMALL_COLUMN_PX = 74;

/** Columns that have data, as many as there is room for beside the source. */
export function columnsWithData(v: View, m: MemoryView | null, roomPx: number, columnPx = COLUMN_PX): Column[] {
  const there: Partial<Record<ColumnId, boolean>> = {
    time: true, total: v.profile.wholeStacks,
    python: v.total[0]! > 0, native: v.total[1]! > 0, system: v.total[2]! > 0, wait: waitS(v.total) > 0,
    alloc: !!m?.has.memory, avg: !!m?.has.memory, peak: !!m?.has.memory, net: !!m?.has.memory, pythonShare: !!m?.has.memory,
    copy: !!m?.has.copy, leak: !!m?.has.leaks,
  };
  const most = Math.max(0, Math.floor(roomPx / columnPx));
  const chosen = new Set(PRIORITY.filter((id) => there[id]).slice(0, 1 + most));
  return COLUMNS.filter((c) => chosen.has(c.id));
}

const NOTHING = newCosts(1);

export function lineFigures(v: View, m: MemoryView | null, line: number): Figures {
  if (line < 0) return { costs: NOTHING, total: null, memory: null };
  const at = line * NOTHING.length;
  return {
    costs: v.lineCosts.subarray(at, at + NOTHING.length),
    total: v.lineTotals.subarray(at, at + NOTHING.length),
    memory: m?.lines.get(line) ?? null,
  };
}

export function functionFigures(v: View, m: MemoryView | null, fn: number): Figures {
  const at = fn * NOTHING.length;
  return {
    costs: v.functionCosts.subarray(at, at + NOTHING.length),
    total: v.functionTotals.subarray(at, at + NOTHING.length),
    memory: m?.functions.get(fn) ?? null,
  };
}

const SUMS = ['allocBytes', 'allocCount', 'variance', 'pythonBytes', 'liveBytes', 'freedHereBytes', 'netBytes',
  'copyBytes', 'atPeakBytes', 'samples'] as const;

/** Memory of several lines together. Their peaks lie apart in time, so those do
 * not add up: what was alive is put together anew. */
export function memoryOfLines(m: MemoryView | null, lines: readonly number[]): MemoryCost | null {
  const parts = m ? lines.map((l) => m.lines.get(l)).filter((it): it is MemoryCost => !!it) : [];
  if (!parts.length) return null;
  const sum = noMemory();
  for (const it of parts) {
    for (const key of SUMS) sum[key] += it[key];
    sum.largest = Math.max(sum.largest, it.largest);
    const { leak } = it;
    if (leak) {
      sum.leak = sum.leak ? {
        rate: sum.leak.rate + leak.rate, low: sum.leak.low + leak.low, high: sum.leak.high + leak.high,
        survival: Math.min(sum.leak.survival, leak.survival), live: sum.leak.live + leak.live,
      } : leak;
    }
  }
  const alive = aliveTogether(lines.flatMap((l) => m!.sitesOfLine.get(l) ?? []), m!.bins);
  sum.peakBytes = Math.min(alive.peak, m!.mostBytes);
  sum.avgBytes = alive.avg;
  return sum;
}

export const shareOfWhole = (v: View, f: Figures): number => (v.wholeS > 0 ? allS(f.costs) / v.wholeS : 0);
export const cpuOf = (f: Figures): number => cpuS(f.costs);
