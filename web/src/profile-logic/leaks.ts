/* Leaks: memory that a line keeps more and more of.
 *
 * The rule: over the last half of 20 snapshots the bytes alive grow (Mann-Kendall,
 * z > 2.33), more than half of what was sampled in the second quarter of the run
 * is alive at its end, and so are at least 3 samples of its last half. Caches that
 * are full, pools made at the start and sawtooth patterns pass none of it. */
import type { Profile } from './profile';
import { NONE, type BytesPerSecond, type Share } from './units';

export interface Leak {
  rate: BytesPerSecond;
  low: BytesPerSecond; // the 95 % interval of the rate
  high: BytesPerSecond;
  survival: Share;
}

const SNAPSHOTS = 20;
const Z_LIMIT = 2.33;
const SURVIVAL_LIMIT = 0.5;
const SURVIVORS = 3;
const Z95 = 1.96;

/** Mann-Kendall's z: how surely a series grows. */
export function trend(values: readonly number[]): number {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) s += Math.sign(values[j]! - values[i]!);
  const sd = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return sd > 0 ? (s - Math.sign(s)) / sd : 0;
}

/** `rows`: of the allocation table, all of one line. */
export function findLeak(p: Profile, rows: readonly number[]): Leak | null {
  const a = p.memory!.allocations;
  const bins = p.run.elapsedS / p.binS;
  let bornInSecond = 0, survivedOfSecond = 0, lateSurvivors = 0, grown = 0, variance = 0;
  const live = new Array<number>(SNAPSHOTS).fill(0);
  for (const i of rows) {
    const born = a.bin[i]! / bins;
    const died = a.endBin[i] === NONE ? Infinity : a.endBin[i]! / bins;
    for (let t = 0; t < SNAPSHOTS; t++) {
      const at = (t + 1) / SNAPSHOTS;
      if (born < at && died >= at) live[t]! += a.bytes[i]!;
    }
    if (born >= 0.25 && born < 0.5) {
      bornInSecond += a.samples[i]!;
      if (died === Infinity) survivedOfSecond += a.samples[i]!;
    }
    if (born >= 0.5 && died === Infinity) {
      lateSurvivors += a.samples[i]!;
      grown += a.bytes[i]!;
      variance += a.variance[i]!;
    }
  }
  const survival = bornInSecond > 0 ? survivedOfSecond / bornInSecond : 0;
  if (lateSurvivors < SURVIVORS || survival <= SURVIVAL_LIMIT) return null;
  if (trend(live.slice(SNAPSHOTS / 2)) <= Z_LIMIT) return null;
  const half = p.run.elapsedS / 2;
  const doubt = (Z95 * Math.sqrt(variance)) / half;
  const rate = grown / half;
  return { rate, low: Math.max(0, rate - doubt), high: rate + doubt, survival };
}
