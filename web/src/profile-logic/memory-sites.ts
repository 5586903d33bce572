/* Memory's sites (a thread, a stack, a domain) and their events: how much more or
 * less of each was alive, bin by bin. By the rules of src/model/view_memory*.c. */
import { type Filter, keptThreads } from './filter';
import type { Allocations, Memory, Profile } from './profile';
import { NONE, type Bin, type StackIndex } from './units';

export interface Site { thread: number; stack: StackIndex; domain: number; events: SiteEvent[] }

export interface SiteEvent {
  bin: Bin;
  delta: number; // alive behind the bin, less before it
  variance: number; // of the delta
  through: number; // came and went within the bin
  above: number; // its greatest moment in the bin, above what both ends had
}

export interface Bins { count: number; from: Bin; to: Bin }

const MOST_BINS = 4096;

/** How many bins the rows and the run reach over, and which the filter keeps. */
export function memoryBins(p: Profile, m: Memory, f: Filter): Bins {
  let count = Math.min(MOST_BINS, Math.floor(p.run.elapsedS / m.binS) + 1);
  const reach = (bins: Int32Array) => {
    for (const b of bins) if (b >= count) count = b + 1;
  };
  [m.allocations.bin, m.allocations.endBin, m.highs.bin, m.deallocations.bin, m.copies.bin].forEach(reach);
  const middle = (b: Bin) => (b + 0.5) * m.binS;
  let from = 0;
  while (from < count && middle(from) < f.fromS) from++;
  let to = from;
  while (to < count && (f.toS === null || middle(to) < f.toS)) to++;
  return { count, from, to };
}

/** What a process had when it ended is then gone: the bin of that, or NONE. */
export function processEnds(p: Profile, m: Memory, bins: Bins): Int32Array {
  return Int32Array.from(p.threads, (t) => {
    const it = p.processes[t.process]!;
    const bin = Math.floor(it.endS / m.binS);
    return it.running || !(it.endS > it.startS) || bin + 1 >= bins.count ? NONE : bin + 1;
  });
}

export function endOf(a: Allocations, i: number, ends: Int32Array): Bin {
  if (a.endBin[i] !== NONE) return a.endBin[i]!;
  const end = ends[a.thread[i]!]!;
  return end === NONE || end <= a.bin[i]! ? NONE : end;
}

class Finder {
  readonly sites: Site[] = [];
  private readonly known = new Map<string, Site>();
  of(thread: number, stack: number, domain: number): Site {
    const key = `${thread} ${stack} ${domain}`;
    let site = this.known.get(key);
    if (!site) {
      site = { thread, stack, domain, events: [] };
      this.known.set(key, site);
      this.sites.push(site);
    }
    return site;
  }
  find = (thread: number, stack: number, domain: number) => this.known.get(`${thread} ${stack} ${domain}`);
}

/** One event a bin; `above` held the greatest moment itself until here. */
function settle(site: Site): void {
  site.events.sort((a, b) => a.bin - b.bin);
  const merged: SiteEvent[] = [];
  for (const e of site.events) {
    const last = merged[merged.length - 1];
    if (last?.bin === e.bin) {
      last.delta += e.delta;
      last.variance += e.variance;
      last.through += e.through;
      last.above = Math.max(last.above, e.above);
    } else merged.push(e);
  }
  let alive = 0;
  for (const e of merged) {
    const after = alive + e.delta;
    e.above = Math.max(0, e.above - Math.max(alive, after));
    alive = after;
  }
  site.events = merged;
}

export function memorySites(p: Profile, m: Memory, f: Filter, bins: Bins): Site[] {
  const kept = keptThreads(p, f);
  const ends = processEnds(p, m, bins);
  const finder = new Finder();
  const { allocations: a, highs: h } = m;
  for (let i = 0; i < a.length; i++) {
    if (!kept[a.thread[i]!]) continue;
    const { events } = finder.of(a.thread[i]!, a.stack[i]!, a.domain[i]!);
    const end = endOf(a, i, ends);
    const bin = a.bin[i]!;
    const bytes = a.bytes[i]!;
    const variance = a.variance[i]!;
    if (end === bin) {
      events.push({ bin, delta: 0, variance: 0, through: bytes, above: 0 });
      continue;
    }
    events.push({ bin, delta: bytes, variance, through: 0, above: 0 });
    if (end !== NONE) events.push({ bin: end, delta: -bytes, variance: -variance, through: 0, above: 0 });
  }
  for (let i = 0; i < h.length; i++) {
    finder.find(h.thread[i]!, h.stack[i]!, h.domain[i]!)?.events
      .push({ bin: h.bin[i]!, delta: 0, variance: 0, through: 0, above: h.bytes[i]! });
  }
  finder.sites.forEach(settle);
  return finder.sites;
}

export interface Alive { peak: number; peakBin: Bin; avg: number; /** By bin of the range: the most alive. */ most: Float64Array }

/** Of what came and went within one bin a third is alive at a time, on average:
 * its two ends are a random pair of points. */
const THROUGH_SHARE = 1 / 3;

/** Several sites together. When within a bin each had its greatest moment is not
 * known, so the largest single rise stands above what all had at its ends. */
export function aliveTogether(sites: readonly Site[], bins: Bins): Alive {
  const { count, from, to } = bins;
  const delta = new Float64Array(count);
  const up = new Float64Array(count);
  const through = new Float64Array(count);
  const above = new Float64Array(count);
  for (const s of sites) {
    for (const e of s.events) {
      if (e.bin >= count) continue;
      delta[e.bin]! += e.delta;
      up[e.bin]! += Math.max(0, e.delta);
      through[e.bin]! += e.through;
      above[e.bin] = Math.max(above[e.bin]!, e.above);
    }
  }
  const out: Alive = { peak: 0, peakBin: NONE, avg: 0, most: new Float64Array(Math.max(0, to - from)) };
  let alive = 0;
  let integral = 0;
  for (let b = 0; b < to; b++) {
    const after = Math.max(0, alive + delta[b]!);
    const most = alive + up[b]! + above[b]!;
    if (b >= from) {
      out.most[b - from] = most;
      if (most > out.peak) [out.peak, out.peakBin] = [most, b];
      integral += (alive + after) / 2 + Math.min(through[b]! * THROUGH_SHARE, above[b]! / 2);
    }
    alive = after;
  }
  out.avg = to > from ? integral / (to - from) : 0;
  return out;
}
