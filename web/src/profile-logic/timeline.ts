/* The program's timeline: CPUs busy by kind, and memory, in equal steps. */
import { type Filter, keptThreads, mainThread } from './filter';
import { CPU_KINDS, KIND_COUNT, QUEUE } from './kinds';
import { lastBinOf } from './memory';
import { aliveTogether, memoryBins, memorySites } from './memory-sites';
import type { Profile } from './profile';
import type { Seconds } from './units';

export interface Timeline {
  stepS: Seconds;
  starts: Float64Array;
  /** By kind of CPU time: CPUs kept busy. */
  busy: Float64Array[];
  /** Share of each step in which the main thread waited (queue left out). */
  waiting: Float64Array;
  /** By our estimate; null where memory was not measured. */
  live: Float64Array | null;
  /** Resident, as the system counts it, all processes. */
  rss: Float64Array | null;
}

/** Samples that one CPU gives to a step: fewer would draw their grain as a shape. */
const SAMPLES_A_STEP = 8;

/** A time range does not cut the timeline: it is drawn on it. */
export function makeTimeline(p: Profile, f: Filter, mostSteps: number): Timeline {
  const bins = lastBinOf(p) + 1;
  const smooth = Math.min((SAMPLES_A_STEP * (p.ledger.interval_reached_s ?? 0)) / p.binS, bins / 40);
  const perStep = Math.max(1, Math.ceil(bins / mostSteps), Math.round(smooth));
  const steps = Math.ceil(bins / perStep);
  const stepS = perStep * p.binS;
  const kept = keptThreads(p, f);
  const main = mainThread(p, { ...f, fromS: 0, toS: null });
  const seconds = Array.from({ length: KIND_COUNT }, () => new Float64Array(steps));
  const { thread, bin, kind, seconds: s, length } = p.samples;
  for (let i = 0; i < length; i++) {
    if (!kept[thread[i]!] || (kind[i]! >= CPU_KINDS && thread[i] !== main)) continue;
    seconds[kind[i]!]![Math.min(steps - 1, Math.floor(bin[i]! / perStep))]! += s[i]!;
  }
  const widthOf = (i: number) => Math.max(p.binS, Math.min(stepS, p.run.elapsedS - i * stepS)) || stepS;
  const waiting = new Float64Array(steps);
  for (let k = CPU_KINDS; k < KIND_COUNT; k++) {
    if (k !== QUEUE) for (let i = 0; i < steps; i++) waiting[i]! += seconds[k]![i]! / widthOf(i);
  }
  return {
    stepS,
    starts: Float64Array.from({ length: steps }, (_, i) => i * stepS),
    busy: seconds.slice(0, CPU_KINDS).map((row) => row.map((x, i) => x / widthOf(i))),
    waiting: waiting.map((x) => Math.min(1, x)),
    live: p.memory ? liveBytes(p, f, stepS, steps) : null,
    rss: p.memory?.footprints.length ? resident(p, f, stepS, steps) : null,
  };
}

/** The most alive in each step; a step shorter than a bin has the bin's. */
function liveBytes(p: Profile, f: Filter, stepS: Seconds, steps: number): Float64Array {
  const m = p.memory!;
  const whole = { ...f, fromS: 0, toS: null };
  const bins = memoryBins(p, m, whole);
  const { most } = aliveTogether(memorySites(p, m, whole, bins), bins);
  return Float64Array.from({ length: steps }, (_, i) => {
    const from = Math.floor((i * stepS) / m.binS);
    const to = Math.max(from + 1, Math.floor(((i + 1) * stepS) / m.binS));
    let top = 0;
    for (let b = from; b < Math.min(to, most.length); b++) top = Math.max(top, most[b]!);
    return top;
  });
}

/** A process that was not looked at in a step keeps what it had, while it lives. */
function resident(p: Profile, f: Filter, stepS: Seconds, steps: number): Float64Array {
  const { footprints: t, binS } = p.memory!;
  const stepOf = (s: Seconds) => Math.min(steps - 1, Math.max(0, Math.floor(s / stepS)));
  const sum = new Float64Array(steps);
  const wanted = f.thread !== null ? p.threads[f.thread]?.process ?? null : f.process;
  p.processes.forEach((it, process) => {
    if (wanted !== null && process !== wanted) return;
    const own = new Float64Array(steps).fill(NaN);
    for (let i = 0; i < t.length; i++) {
      if (t.process[i] !== process) continue;
      const at = stepOf((t.bin[i]! + 0.5) * binS);
      own[at] = Math.max(Number.isNaN(own[at]!) ? 0 : own[at]!, t.rss[i]!);
    }
    // What ends with the run has its memory to the end of the picture.
    const ends = it.endS > it.startS && it.endS + 2 * Math.max(stepS, binS) < p.run.elapsedS;
    const last = ends ? stepOf(it.endS) : steps - 1;
    for (let i = 0, had = 0; i <= last; i++) sum[i]! += had = Number.isNaN(own[i]!) ? had : own[i]!;
  });
  return sum;
}
