/* A view of memory: the filter's answer by line and function.
 *
 *   allocBytes   allocated within the time range (estimate, unbiased)
 *   netBytes     of what was allocated within it, what was alive at its end, less
 *                what died within it of what was there before
 *   peakBytes    the most that was alive at one time within it
 *   avgBytes     the mean over its time
 *   copyBytes    moved by library copies
 *   atPeakBytes  alive at the instant of the program's peak, whatever the range */
import { binRange, type Filter, keptThreads, rangeS } from './filter';
import { findLeak, type Leak } from './leaks';
import type { Allocations, Profile } from './profile';
import { charging } from './scope';
import { stackIndexes } from './stack-index';
import { NONE, type Bytes, type FunctionIndex, type Seconds } from './units';

export interface MemoryCost {
  allocBytes: Bytes;
  allocCount: number;
  variance: number;
  pythonBytes: Bytes;
  netBytes: Bytes;
  peakBytes: Bytes;
  avgBytes: Bytes;
  copyBytes: Bytes;
  atPeakBytes: Bytes;
  largest: Bytes;
  samples: number;
  leak: Leak | null;
}

export interface MemoryView {
  lines: Map<number, MemoryCost>;
  functions: Map<FunctionIndex, MemoryCost>;
  total: MemoryCost;
  /** By stack: what the flame graph shows. */
  stacks: { alloc: Float64Array; peak: Float64Array; leak: Float64Array; copy: Float64Array };
  /** Rows of the allocation table by line, in the order of the table. */
  rowsOfLine: Map<number, number[]>;
  /** The most that several lines together had alive at one time. */
  peakOfLines(lines: readonly number[]): Bytes;
  has: { memory: boolean; copy: boolean; leaks: boolean };
}

const zero = (): MemoryCost => ({
  allocBytes: 0, allocCount: 0, variance: 0, pythonBytes: 0, netBytes: 0, peakBytes: 0,
  avgBytes: 0, copyBytes: 0, atPeakBytes: 0, largest: 0, samples: 0, leak: null,
});

function entry<K>(map: Map<K, MemoryCost>, key: K): MemoryCost {
  let it = map.get(key);
  if (!it) map.set(key, (it = zero()));
  return it;
}

/** What one row of the allocation table means in a range of bins. */
interface Part { alloc: number; net: number; liveS: Seconds }

function partOf(a: Allocations, i: number, first: number, end: number, binS: Seconds, lastBin: number): Part {
  const born = a.bin[i]!;
  const died = a.endBin[i]! === NONE ? Infinity : a.endBin[i]!;
  const bytes = a.bytes[i]!;
  const bornIn = born >= first && born < end;
  const diedIn = died >= first && died < end;
  // What begins and ends in one bin lives half of it, on the average.
  const from = Math.max(born + 0.5, first);
  const to = Math.min(died === Infinity ? lastBin + 1 : Math.max(died + 0.5, born + 0.75), end, lastBin + 1);
  return {
    alloc: bornIn ? bytes : 0,
    net: (bornIn ? bytes : 0) - (diedIn ? bytes : 0),
    liveS: Math.max(0, to - from) * binS,
  };
}

function addPart(to: MemoryCost, a: Allocations, i: number, part: Part, rangeSeconds: Seconds): void {
  if (part.alloc) {
    to.allocBytes += part.alloc;
    to.allocCount += a.count[i]!;
    to.variance += a.variance[i]!;
    to.samples += a.samples[i]!;
    if (a.domain[i] === 0) to.pythonBytes += part.alloc;
    to.largest = Math.max(to.largest, a.largest[i]!);
  }
  to.netBytes += part.net;
  if (rangeSeconds > 0) to.avgBytes += (a.bytes[i]! * part.liveS) / rangeSeconds;
}

/** The most alive at a time: over the bins, the sum over sites of the site's high
 * in that bin, else of what it had alive. Exact for one site; for several, whose
 * highs within one bin may lie apart, an upper bound. */
function peakOf(p: Profile, rows: number[], highs: number[], first: number, end: number): Bytes {
  const a = p.memory!.allocations;
  const h = p.memory!.highs;
  interface Event { bin: number; site: string; delta: number; high: number }
  const events: Event[] = [];
  for (const i of rows) {
    const site = `${a.thread[i]} ${a.stack[i]} ${a.domain[i]}`;
    events.push({ bin: a.bin[i]!, site, delta: a.bytes[i]!, high: 0 });
    if (a.endBin[i] !== NONE) events.push({ bin: a.endBin[i]!, site, delta: -a.bytes[i]!, high: 0 });
  }
  for (const i of highs) {
    events.push({ bin: h.bin[i]!, site: `${h.thread[i]} ${h.stack[i]} ${h.domain[i]}`, delta: 0, high: h.bytes[i]! });
  }
  events.sort((x, y) => x.bin - y.bin);
  const live = new Map<string, number>();
  let sum = 0;
  let peak = 0;
  for (let at = 0; at < events.length;) {
    const bin = events[at]!.bin;
    const seen = new Map<string, { delta: number; high: number }>();
    if (bin >= first && sum > peak && at > 0 && events[at - 1]!.bin < end) peak = sum;
    for (; at < events.length && events[at]!.bin === bin; at++) {
      const e = events[at]!;
      const it = seen.get(e.site) ?? { delta: 0, high: 0 };
      it.delta += e.delta;
      it.high = Math.max(it.high, e.high);
      seen.set(e.site, it);
    }
    let inBin = sum;
    for (const [site, it] of seen) {
      const before = live.get(site) ?? 0;
      inBin += Math.max(it.high, before, before + it.delta) - before;
      live.set(site, before + it.delta);
      sum += it.delta;
    }
    if (bin >= first && bin < end) peak = Math.max(peak, inBin);
  }
  if (events.length && events[events.length - 1]!.bin < first) peak = Math.max(peak, sum);
  return Math.max(0, peak);
}

function group<K>(map: Map<K, number[]>, key: K, row: number): void {
  const it = map.get(key);
  if (it) it.push(row);
  else map.set(key, [row]);
}

export function lastBinOf(p: Profile): number {
  return Math.max(0, Math.ceil(p.run.elapsedS / p.binS) - 1);
}

export function makeMemoryView(p: Profile, f: Filter): MemoryView | null {
  if (!p.memory) return null;
  const { allocations: a, highs: h, atPeaks, copies } = p.memory;
  const { lineOfFrame } = stackIndexes(p);
  const { charged } = charging(p, f.scope);
  const kept = keptThreads(p, f);
  const [first, end] = binRange(p, f);
  const seconds = rangeS(p, f);
  const lastBin = lastBinOf(p);
  const v: MemoryView = {
    lines: new Map(), functions: new Map(), total: zero(), rowsOfLine: new Map(), peakOfLines: () => 0,
    stacks: {
      alloc: new Float64Array(p.stacks.length), peak: new Float64Array(p.stacks.length),
      leak: new Float64Array(p.stacks.length), copy: new Float64Array(p.stacks.length),
    },
    has: { memory: a.length > 0, copy: false, leaks: false },
  };
  const places = (stack: number): MemoryCost[] => {
    const frame = charged[stack]!;
    if (frame === NONE) return [v.total];
    return [v.total, entry(v.lines, lineOfFrame[frame]!), entry(v.functions, p.frames.function[frame]!)];
  };
  const lineOf = (stack: number) => (charged[stack] === NONE ? NONE : lineOfFrame[charged[stack]!]!);
  const functionOf = (stack: number) => (charged[stack] === NONE ? NONE : p.frames.function[charged[stack]!]!);
  const rowsOfFunction = new Map<FunctionIndex, number[]>();
  const highsOfLine = new Map<number, number[]>();
  const highsOfFunction = new Map<FunctionIndex, number[]>();
  const allRows: number[] = [];
  const allHighs: number[] = [];
  for (let i = 0; i < a.length; i++) {
    if (!kept[a.thread[i]!]) continue;
    const part = partOf(a, i, first, end, p.binS, lastBin);
    if (!part.alloc && !part.net && !part.liveS) continue;
    const stack = a.stack[i]!;
    for (const to of places(stack)) addPart(to, a, i, part, seconds);
    v.stacks.alloc[stack]! += part.alloc;
    allRows.push(i);
    if (charged[stack] !== NONE) {
      group(v.rowsOfLine, lineOf(stack), i);
      group(rowsOfFunction, functionOf(stack), i);
    }
  }
  for (let i = 0; i < h.length; i++) {
    if (!kept[h.thread[i]!]) continue;
    allHighs.push(i);
    if (charged[h.stack[i]!] === NONE) continue;
    group(highsOfLine, lineOf(h.stack[i]!), i);
    group(highsOfFunction, functionOf(h.stack[i]!), i);
  }
  for (let i = 0; i < atPeaks.length; i++) {
    if (!kept[atPeaks.thread[i]!]) continue;
    for (const to of places(atPeaks.stack[i]!)) to.atPeakBytes += atPeaks.bytes[i]!;
    v.stacks.peak[atPeaks.stack[i]!]! += atPeaks.bytes[i]!;
  }
  for (let i = 0; i < copies.length; i++) {
    if (!kept[copies.thread[i]!] || copies.bin[i]! < first || copies.bin[i]! >= end) continue;
    for (const to of places(copies.stack[i]!)) to.copyBytes += copies.bytes[i]!;
    v.stacks.copy[copies.stack[i]!]! += copies.bytes[i]!;
    v.has.copy = true;
  }
  for (const [line, rows] of v.rowsOfLine) {
    const cost = v.lines.get(line)!;
    cost.peakBytes = peakOf(p, rows, highsOfLine.get(line) ?? [], first, end);
    cost.leak = findLeak(p, rows);
    if (cost.leak) {
      v.has.leaks = true;
      for (const i of rows) if (a.endBin[i] === NONE) v.stacks.leak[a.stack[i]!]! += a.bytes[i]!;
    }
  }
  for (const [fn, rows] of rowsOfFunction) {
    v.functions.get(fn)!.peakBytes = peakOf(p, rows, highsOfFunction.get(fn) ?? [], first, end);
  }
  v.peakOfLines = (lines) => peakOf(p, lines.flatMap((l) => v.rowsOfLine.get(l) ?? []), [], first, end);
  // The whole's highs lie apart in time, so its peak is the recorder's own where
  // the range holds it, else what was alive from bin to bin.
  const whole = f.process === null && f.thread === null;
  const holdsPeak = p.memory.peakS >= f.fromS && (f.toS === null || p.memory.peakS < f.toS);
  v.total.peakBytes = whole && holdsPeak && p.memory.peak ? p.memory.peak : peakOf(p, allRows, [], first, end);
  return v;
}

/** Bytes alive over time, of these rows of the allocation table: one value per
 * step, the mean of its two ends. */
export function liveSeries(p: Profile, rows: number[], f: Filter, steps: number): Float64Array {
  const a = p.memory!.allocations;
  const lastBin = lastBinOf(p);
  const [first, endBin] = binRange(p, f);
  const from = Math.min(first, lastBin);
  const to = Math.max(from + 1, Math.min(endBin, lastBin + 1));
  const delta = new Float64Array(steps + 1);
  const stepOf = (bin: number) => Math.min(steps, Math.max(0, Math.floor(((bin - from) / (to - from)) * steps)));
  for (const i of rows) {
    if (a.bin[i]! >= to) continue;
    delta[stepOf(a.bin[i]!)]! += a.bytes[i]!;
    if (a.endBin[i] !== NONE && a.endBin[i]! < to) delta[Math.min(steps, stepOf(a.endBin[i]!) + 1)]! -= a.bytes[i]!;
  }
  const out = new Float64Array(steps);
  for (let i = 0, live = 0; i < steps; i++) out[i] = Math.max(0, (live += delta[i]!));
  return out;
}
