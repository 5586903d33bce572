/* A view of memory: the filter's answer by line and function, charged as time is.
 *
 *   allocBytes   allocated within the time range (estimate, unbiased)
 *   liveBytes    of these: alive at its end
 *   netBytes     allocated less what this place freed, whoever allocated it
 *   peakBytes    the most that was alive at one time within it
 *   avgBytes     the mean over its time
 *   copyBytes    moved by library copies
 *   atPeakBytes  alive at the instant of the program's peak */
import { type Filter, keptThreads } from './filter';
import { type Leak, linesThatLeak } from './leaks';
import { aliveTogether, type Bins, memoryBins, memorySites, type Site } from './memory-sites';
import type { Memory, Profile } from './profile';
import { charging } from './scope';
import { stackIndexes } from './stack-index';
import { NONE, type Bytes, type FunctionIndex, type Seconds } from './units';

export interface MemoryCost {
  allocBytes: Bytes;
  allocCount: number;
  variance: number; // of allocBytes
  pythonBytes: Bytes;
  liveBytes: Bytes;
  freedHereBytes: Bytes;
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
  bins: Bins;
  sitesOfLine: Map<number, Site[]>;
  /** No part has more alive than this. */
  mostBytes: Bytes;
  has: { memory: boolean; copy: boolean; leaks: boolean };
}

export const noMemory = (): MemoryCost => ({
  allocBytes: 0, allocCount: 0, variance: 0, pythonBytes: 0, liveBytes: 0, freedHereBytes: 0, netBytes: 0,
  peakBytes: 0, avgBytes: 0, copyBytes: 0, atPeakBytes: 0, largest: 0, samples: 0, leak: null,
});

/** Where the figures of one stack go: the whole, its line, its function. */
class Places {
  readonly lines = new Map<number, MemoryCost>();
  readonly functions = new Map<FunctionIndex, MemoryCost>();
  readonly total = noMemory();
  private readonly lineOfFrame: Int32Array;
  constructor(private readonly p: Profile, private readonly charged: Int32Array) {
    this.lineOfFrame = stackIndexes(p).lineOfFrame;
  }

  lineOf(stack: number): number {
    const frame = this.charged[stack]!;
    return frame === NONE ? NONE : this.lineOfFrame[frame]!;
  }

  functionOf(stack: number): number {
    const frame = this.charged[stack]!;
    return frame === NONE ? NONE : this.p.frames.function[frame]!;
  }

  of(stack: number): MemoryCost[] {
    if (this.charged[stack] === NONE) return [this.total];
    return [this.total, Places.entry(this.lines, this.lineOf(stack)), Places.entry(this.functions, this.functionOf(stack))];
  }

  private static entry<K>(map: Map<K, MemoryCost>, key: K): MemoryCost {
    let it = map.get(key);
    if (!it) map.set(key, (it = noMemory()));
    return it;
  }
}

interface Work { p: Profile; m: Memory; f: Filter; kept: Uint8Array; bins: Bins; places: Places; v: MemoryView }

const inRange = (bins: Bins, bin: number): boolean => bin >= bins.from && bin < bins.to;

function addAllocations({ m: { allocations: a }, kept, bins, places, v }: Work): void {
  for (let i = 0; i < a.length; i++) {
    if (!kept[a.thread[i]!] || !inRange(bins, a.bin[i]!)) continue;
    const bytes = a.bytes[i]!;
    const stays = a.endBin[i] === NONE || a.endBin[i]! >= bins.to;
    v.stacks.alloc[a.stack[i]!]! += bytes;
    for (const to of places.of(a.stack[i]!)) {
      to.allocBytes += bytes;
      to.allocCount += a.count[i]!;
      to.variance += a.variance[i]!;
      to.samples += a.samples[i]!;
      to.largest = Math.max(to.largest, a.largest[i]!);
      if (a.domain[i] === 0) to.pythonBytes += bytes;
      if (stays) to.liveBytes += bytes;
    }
  }
}

function addFreesAndCopies({ m: { deallocations: d, copies: c }, kept, bins, places, v }: Work): void {
  for (let i = 0; i < d.length; i++) {
    if (!kept[d.thread[i]!] || !inRange(bins, d.bin[i]!)) continue;
    for (const to of places.of(d.stack[i]!)) to.freedHereBytes += d.bytes[i]!;
  }
  for (let i = 0; i < c.length; i++) {
    if (!kept[c.thread[i]!] || !inRange(bins, c.bin[i]!)) continue;
    for (const to of places.of(c.stack[i]!)) to.copyBytes += c.bytes[i]!;
    v.stacks.copy[c.stack[i]!]! += c.bytes[i]!;
    v.has.copy = true;
  }
}

/** Only where the program's peak lies in the range. */
function addPeak({ m, kept, bins, places, v }: Work): void {
  if (!inRange(bins, Math.floor(m.peakS / m.binS))) return;
  const { atPeaks: a } = m;
  for (let i = 0; i < a.length; i++) {
    if (!kept[a.thread[i]!]) continue;
    for (const to of places.of(a.stack[i]!)) to.atPeakBytes += a.bytes[i]!;
    v.stacks.peak[a.stack[i]!]! += a.bytes[i]!;
  }
}

function group<K>(map: Map<K, Site[]>, key: K, site: Site): void {
  const it = map.get(key);
  if (it) it.push(site);
  else map.set(key, [site]);
}

function addAlive({ p, m, f, bins, places, v }: Work): void {
  const sites = memorySites(p, m, f, bins);
  const ofFunction = new Map<FunctionIndex, Site[]>();
  for (const site of sites) {
    if (places.lineOf(site.stack) === NONE) continue;
    places.of(site.stack);
    group(v.sitesOfLine, places.lineOf(site.stack), site);
    group(ofFunction, places.functionOf(site.stack), site);
  }
  const give = (to: MemoryCost, of: Site[]) => {
    const alive = aliveTogether(of, bins);
    to.peakBytes = Math.min(alive.peak, v.mostBytes);
    to.avgBytes = alive.avg;
  };
  for (const [line, of] of v.sitesOfLine) give(places.lines.get(line)!, of);
  for (const [fn, of] of ofFunction) give(places.functions.get(fn)!, of);
  give(v.total, sites);
  // The recorder knew the instant of the whole program's peak: better than bins.
  if (f.process === null && f.thread === null && m.peak > 0 && inRange(bins, Math.floor(m.peakS / m.binS))) v.total.peakBytes = m.peak;
}

function addLeaks({ p, m, f, bins, places, v }: Work): void {
  const leaks = linesThatLeak(p, m, f, bins, (stack) => places.lineOf(stack));
  for (const [line, leak] of leaks) {
    places.lines.get(line)!.leak = leak;
    v.has.leaks = true;
  }
  const { allocations: a } = m;
  for (let i = 0; i < a.length && v.has.leaks; i++) {
    if (a.endBin[i] === NONE && leaks.has(places.lineOf(a.stack[i]!))) v.stacks.leak[a.stack[i]!]! += a.bytes[i]!;
  }
}

/** Bins add up what their sites had at different moments: no part has more than the
 * peak that the recorder saw. */
function mostOf(p: Profile, m: Memory, f: Filter): Bytes {
  return (f.process === null ? m.peak : p.processes[f.process]!.peak || m.peak) || Infinity;
}

export function makeMemoryView(p: Profile, f: Filter): MemoryView | null {
  const m = p.memory;
  if (!m) return null;
  const places = new Places(p, charging(p, f.scope).charged);
  const zeros = () => new Float64Array(p.stacks.length);
  const bins = memoryBins(p, m, f);
  const v: MemoryView = {
    lines: places.lines, functions: places.functions, total: places.total, bins, sitesOfLine: new Map(),
    mostBytes: mostOf(p, m, f),
    stacks: { alloc: zeros(), peak: zeros(), leak: zeros(), copy: zeros() },
    has: { memory: m.allocations.length > 0, copy: false, leaks: false },
  };
  const w: Work = { p, m, f, kept: keptThreads(p, f), bins, places, v };
  addAllocations(w);
  addFreesAndCopies(w);
  addPeak(w);
  addAlive(w);
  addLeaks(w);
  for (const it of [v.total, ...v.lines.values(), ...v.functions.values()]) it.netBytes = it.allocBytes - it.freedHereBytes;
  return v;
}

/** Bytes alive over the range's time, of these lines together: the most of each step. */
export function aliveSeries(v: MemoryView, lines: readonly number[], steps: number): Float64Array {
  const { most } = aliveTogether(lines.flatMap((l) => v.sitesOfLine.get(l) ?? []), v.bins);
  const out = new Float64Array(Math.min(steps, most.length));
  most.forEach((x, i) => {
    const at = Math.floor((i / most.length) * out.length);
    out[at] = Math.max(out[at]!, x);
  });
  return out;
}

export function lastBinOf(p: Profile, binS: Seconds = p.binS): number {
  return Math.max(0, Math.ceil(p.run.elapsedS / binS) - 1);
}
