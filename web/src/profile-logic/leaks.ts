/* Leaks: lines that keep what they allocate, and more and more of it. The rule is
 * that of src/model/view_leaks.c:
 *   - what is alive grows over the last half of 20 snapshots (Mann-Kendall's test);
 *   - more than half of the samples born in the second quarter are alive at the
 *     end (what was born before is start-up);
 *   - at least 3 samples born in the last half are, and at least 512 KiB;
 *   - it has not stopped: a cache that is full, data that are loaded;
 *   - it is not what an import allocated: a module is there to stay. */
import { type Filter, keptThreads } from './filter';
import type { Bins } from './memory-sites';
import type { Memory, Profile } from './profile';
import { NONE, type Bytes, type BytesPerSecond, type Share } from './units';

export interface Leak {
  rate: BytesPerSecond;
  low: BytesPerSecond; // the 95 % interval of the rate
  high: BytesPerSecond;
  survival: Share;
  live: Bytes; // alive at the end
}

const SNAPSHOTS = 20;
const Z_LIMIT = 2.33;
const SURVIVORS = 3;
const LEAST: Bytes = 512 * 1024;
const RATE_FROM = 0.25; // of the time: what the rate is measured in
const RATE_TO = 0.95;
const FIRST = 4; // the snapshots that tell whether it still grows
const WINDOW = 4;
const LAST = SNAPSHOTS - 1;
const PACE = 0.25;
const PACE_SAMPLES = 22; // fewer do not tell
const LATEST = 8; // samples by which a thread was active last
const SIBLINGS = 256; // processes of a line whose siblings are looked for

/** What is no larger than rounding leaves is no change. */
function sign(a: number, b: number): number {
  const least = 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  return a > b + least ? 1 : a < b - least ? -1 : 0;
}

/** Mann-Kendall's z, ties counted: how surely a series grows. */
export function trend(x: readonly number[]): number {
  const n = x.length;
  let s = 0;
  let variance = n * (n - 1) * (2 * n + 5);
  for (let i = 0; i < n; i++) for (let k = i + 1; k < n; k++) s += sign(x[k]!, x[i]!);
  for (let i = 0; i < n; i++) {
    let ties = 1;
    let first = true;
    for (let k = 0; k < n; k++) {
      if (k === i || sign(x[k]!, x[i]!)) continue;
      ties++;
      first &&= k > i;
    }
    if (first) variance -= ties * (ties - 1) * (2 * ties + 5);
  }
  return variance > 0 ? (s - Math.sign(s)) / Math.sqrt(variance / 18) : 0;
}

interface Life { born: number; died: number; bytes: Bytes; variance: number; samples: number }

function snapshotAt(s: number, from: number, to: number): number {
  const at = Math.ceil(((s - from) / (to - from)) * SNAPSHOTS - 1e-9) - 1;
  return Math.min(SNAPSHOTS, Math.max(0, at));
}

function aliveAtSnapshots(lives: readonly Life[], from: number, to: number): number[] {
  const change = new Array<number>(SNAPSHOTS + 1).fill(0);
  for (const l of lives) {
    change[snapshotAt(l.born, from, to)]! += l.bytes;
    if (l.died < to) change[snapshotAt(l.died, from, to)]! -= l.bytes;
  }
  let sum = 0;
  return change.slice(0, SNAPSHOTS).map((c) => (sum += c));
}

/** It grew in the last fifth at a quarter of its pace before, and did not pause like
 * that before. */
function hasStopped(lives: readonly Life[], from: number, to: number): boolean {
  if (!(to > from)) return false;
  let samples = 0;
  for (const l of lives) {
    const at = snapshotAt(l.born, from, to);
    if (at > FIRST && at <= LAST - WINDOW && l.died >= to) samples += l.samples;
  }
  if (samples < PACE_SAMPLES) return false;
  const alive = aliveAtSnapshots(lives, from, to);
  const pace = ((alive[LAST - WINDOW]! - alive[FIRST]!) / (LAST - WINDOW - FIRST)) * PACE * WINDOW;
  if (alive[LAST]! - alive[LAST - WINDOW]! >= pace) return false;
  for (let i = FIRST; i + WINDOW <= LAST - WINDOW; i++) if (alive[i + WINDOW]! - alive[i]! < pace) return false;
  return true;
}

/** 95 % interval of a sum of sampled weights, widened for few samples. */
export function bounds(sum: number, variance: number, samples: number): { low: number; high: number } {
  const deviation = Math.sqrt(Math.max(0, variance));
  const weight = samples ? deviation / Math.sqrt(samples) : 0;
  const low = sum - 1.959963984540054 * deviation + weight;
  return { low: low > 0 ? Math.min(low, sum) : 0, high: sum + 1.959963984540054 * deviation + 2.4 * weight };
}

/** What one place allocated in a run (of a process) from `from` to `to`, seconds.
 * `active`: when its threads last allocated anything. */
export function judge(lives: readonly Life[], from: number, to: number, active = to): Leak | null {
  if (!(to > from)) return null;
  let early = 0, earlyAlive = 0, lateAlive = 0, live = 0, stayed = 0, variance = 0, samples = 0;
  for (const l of lives) {
    const at = (l.born - from) / (to - from);
    const stays = l.died >= to;
    const lasts = l.died - l.born >= (to - from) / SNAPSHOTS; // what goes at once says nothing
    if (at >= 0.25 && at < 0.5 && lasts) {
      early += l.samples;
      if (stays) earlyAlive += l.samples;
    }
    if (!stays) continue;
    live += l.bytes;
    if (at >= 0.5) lateAlive += l.samples;
    if (at < RATE_FROM || at >= RATE_TO) continue;
    stayed += l.bytes;
    variance += l.variance;
    samples += l.samples;
  }
  if (lateAlive < SURVIVORS || !early || 2 * earlyAlive <= early || live < LEAST) return null;
  if (trend(aliveAtSnapshots(lives, from, to).slice(SNAPSHOTS / 2)) <= Z_LIMIT) return null;
  if (hasStopped(lives, from, Math.min(active, to))) return null;
  const span = (RATE_TO - RATE_FROM) * (to - from);
  const b = bounds(stayed, variance, samples);
  return { rate: stayed / span, low: b.low / span, high: b.high / span, survival: earlyAlive / early, live };
}

function add(a: Leak | null, b: Leak): Leak {
  if (!a) return b;
  return {
    rate: a.rate + b.rate, low: a.low + b.low, high: a.high + b.high,
    survival: Math.min(a.survival, b.survival), live: a.live + b.live,
  };
}

/** Keeps the latest times, the earliest of them first: false where this is none. */
function noteLatest(last: number[], at: number): boolean {
  if (at <= last[0]!) return false;
  let k = 0;
  for (; k + 1 < last.length && last[k + 1]! < at; k++) last[k] = last[k + 1]!;
  last[k] = at;
  return true;
}

/** 1 for each stack with an import in it. */
function importsOf(p: Profile): Uint8Array {
  const importing = p.files.map((f) => f.path === '<frozen importlib._bootstrap>');
  const out = new Uint8Array(p.stacks.length);
  for (let i = 1; i < out.length; i++) {
    const file = p.functions.file[p.frames.function[p.stacks.frame[i]!]!]!;
    out[i] = out[p.stacks.parent[i]!] || importing[file] ? 1 : 0;
  }
  return out;
}

/** Each line in each process; where it does not leak as a whole, one of its
 * callers may: each stack is judged by itself. Where no process of a line leaks by
 * itself, workers that do the same are judged together. */
export function linesThatLeak(p: Profile, m: Memory, f: Filter, bins: Bins, lineOf: (stack: number) => number): Map<number, Leak> {
  const kept = keptThreads(p, f);
  const imports = importsOf(p);
  const { allocations: a } = m;
  const lines = new Map<number, Map<number, number[]>>(); // by process: rows
  const latest = p.threads.map(() => new Array<number>(LATEST).fill(0));
  for (let i = 0; i < a.length; i++) {
    const thread = a.thread[i]!;
    for (let k = 0; k < Math.min(a.samples[i]!, LATEST); k++) if (!noteLatest(latest[thread]!, (a.bin[i]! + 1) * m.binS)) break;
    const line = lineOf(a.stack[i]!);
    if (!kept[a.thread[i]!] || line === NONE || imports[a.stack[i]!]) continue;
    put(put(lines, line, () => new Map<number, number[]>()), p.threads[thread]!.process, () => [] as number[]).push(i);
  }
  const livesOf = (rows: readonly number[], from: number, unit: number): Life[] => rows.map((i) => ({
    born: ((a.bin[i]! + 0.5) * m.binS - from) / unit,
    died: a.endBin[i] === NONE ? Infinity : ((a.endBin[i]! + 0.5) * m.binS - from) / unit,
    bytes: a.bytes[i]!, variance: a.variance[i]!, samples: a.samples[i]!,
  }));
  const timeOf = (process: number): { from: number; to: number } | null => {
    const it = p.processes[process]!;
    const from = Math.max(it.startS, bins.from * m.binS);
    const ended = it.endS > it.startS && !it.running;
    const to = ended ? Math.min(bins.to * m.binS, it.endS) : bins.to * m.binS;
    return to - from < SNAPSHOTS * m.binS ? null : { from, to };
  };
  const judgeTogether = (all: readonly [number, number[]][]): Leak | null => {
    const lives: Life[] = [];
    let spans = 0;
    let members = 0;
    for (const [process, rows] of all) {
      const time = timeOf(process);
      if (!time) continue;
      const own = livesOf(rows, time.from, time.to - time.from);
      if (!keepsOn(own)) continue;
      for (const life of own) lives.push(life);
      spans += time.to - time.from;
      members++;
    }
    const leak = members < 2 ? null : judge(lives, 0, 1);
    const perS = members / spans;
    return leak && { ...leak, rate: leak.rate * perS, low: leak.low * perS, high: leak.high * perS };
  };
  const lastActive = (rows: readonly number[]) => rows.reduce((last, i) => Math.max(last, latest[a.thread[i]!]![0]!), 0);
  const out = new Map<number, Leak>();
  for (const [line, processes] of lines) {
    for (const [process, rows] of processes) {
      const time = timeOf(process);
      if (!time) continue;
      const judged = (some: readonly number[]) => judge(livesOf(some, 0, 1), time.from, time.to, lastActive(some));
      const whole = judged(rows);
      const found = whole ? [whole] : [...stacksOf(a.stack, rows).values()].map(judged);
      for (const leak of found) if (leak) out.set(line, add(out.get(line) ?? null, leak));
    }
    if (out.has(line)) continue;
    const groups = new Map<string, [number, number[]][]>();
    [...processes].sort((x, y) => x[0] - y[0]).forEach((it, i) => {
      const key = `${p.processes[it[0]]!.parent} ${p.processes[it[0]]!.command}`;
      if (i < SIBLINGS || groups.has(key)) put(groups, key, () => [] as [number, number[]][]).push(it);
    });
    for (const group of groups.values()) {
      const leak = judgeTogether(group);
      if (!leak) continue;
      out.set(line, leak);
      break;
    }
  }
  return out;
}

/** What stays was born over a quarter of the time and more: what each worker loads
 * once, sooner or later, is no leak of them together. */
function keepsOn(lives: readonly Life[]): boolean {
  let first = 1;
  let last = 0;
  for (const l of lives) {
    if (l.died < 1) continue;
    first = Math.min(first, l.born);
    last = Math.max(last, l.born);
  }
  return last - first >= 0.25;
}

function put<K, V>(map: Map<K, V>, key: K, fresh: () => V): V {
  let it = map.get(key);
  if (it === undefined) map.set(key, (it = fresh()));
  return it;
}

function stacksOf(stack: Int32Array, rows: readonly number[]): Map<number, number[]> {
  const out = new Map<number, number[]>();
  for (const i of rows) {
    const it = out.get(stack[i]!);
    if (it) it.push(i);
    else out.set(stack[i]!, [i]);
  }
  return out;
}
