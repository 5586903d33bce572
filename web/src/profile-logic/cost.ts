/* Costs: a row of numbers, many rows in one Float64Array. */
import { CPU_KINDS, KIND_COUNT, QUEUE } from './kinds';
import type { Seconds } from './units';

/* Columns: seconds by kind (waiting: of the main thread alone), then these. */
export const OTHER_WAIT = KIND_COUNT; // waiting of all other threads
export const GC = KIND_COUNT + 1; // of the CPU time: in the garbage collector
export const CPU_COUNT = KIND_COUNT + 2; // measurements of CPU time
export const WAIT_COUNT = KIND_COUNT + 3;
export const STRIDE = KIND_COUNT + 4;

export type Costs = Float64Array;

export const newCosts = (rows: number): Costs => new Float64Array(rows * STRIDE);

export function addCost(to: Costs, row: number, from: Costs, fromRow: number): void {
  const a = row * STRIDE;
  const b = fromRow * STRIDE;
  for (let i = 0; i < STRIDE; i++) to[a + i]! += from[b + i]!;
}

/** One row as an array of its own. */
export const costRow = (costs: Costs, row: number): Costs => costs.subarray(row * STRIDE, (row + 1) * STRIDE);

export const cpuS = (c: Costs, row = 0): Seconds => {
  const at = row * STRIDE;
  return c[at]! + c[at + 1]! + c[at + 2]!;
};

/** Waiting without the queue for a CPU: that is the machine's load. */
export function waitS(c: Costs, row = 0): Seconds {
  const at = row * STRIDE;
  let sum = 0;
  for (let k = CPU_KINDS; k < KIND_COUNT; k++) if (k !== QUEUE) sum += c[at + k]!;
  return sum;
}

export const queueS = (c: Costs, row = 0): Seconds => c[row * STRIDE + QUEUE]!;

/** CPU time and waiting: what the shares are of. */
export const allS = (c: Costs, row = 0): Seconds => cpuS(c, row) + waitS(c, row);

export interface Interval { low: number; high: number }

/** Wilson's 95 % interval of a share that n measurements estimate. */
export function shareInterval(share: number, n: number): Interval {
  const z = 1.959963984540054;
  if (!n) return { low: 0, high: 1 };
  const q = Math.min(1, Math.max(0, share));
  const zzn = (z * z) / n;
  const half = z * Math.sqrt((q * (1 - q) + zzn / 4) / n);
  const low = (q + zzn / 2 - half) / (1 + zzn);
  const high = (q + zzn / 2 + half) / (1 + zzn);
  return { low: q === 0 || low < 0 ? 0 : low, high: q === 1 || high > 1 ? 1 : high };
}
