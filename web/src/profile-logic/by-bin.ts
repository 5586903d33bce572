/* Samples in the order of their bins, so that a time range is a part of the table:
 * a brush costs what it shows, not what the run was. */
import type { Profile, Samples } from './profile';

const made = new WeakMap<Samples, Samples>();

function isInOrder(bin: Int32Array): boolean {
  for (let i = 1; i < bin.length; i++) if (bin[i]! < bin[i - 1]!) return false;
  return true;
}

/** Rows of one bin keep their order. */
function sorted(s: Samples): Samples {
  const last = s.bin.reduce((a, b) => Math.max(a, b), 0);
  const start = new Int32Array(last + 2);
  for (let i = 0; i < s.length; i++) start[s.bin[i]! + 1]!++;
  for (let b = 1; b < start.length; b++) start[b]! += start[b - 1]!;
  const to = new Int32Array(s.length);
  for (let i = 0; i < s.length; i++) to[i] = start[s.bin[i]!]!++;
  const move = <T extends Int32Array | Uint8Array | Float64Array>(column: T): T => {
    const out = new (column.constructor as new (n: number) => T)(column.length);
    for (let i = 0; i < to.length; i++) out[to[i]!] = column[i]!;
    return out;
  };
  return {
    length: s.length, thread: move(s.thread), stack: move(s.stack), bin: move(s.bin), kind: move(s.kind),
    gc: move(s.gc), count: move(s.count), seconds: move(s.seconds),
  };
}

export function samplesByBin(p: Profile): Samples {
  let it = made.get(p.samples);
  if (!it) made.set(p.samples, (it = isInOrder(p.samples.bin) ? p.samples : sorted(p.samples)));
  return it;
}

/** The first row whose bin is not below this one. */
export function firstRowOf(bin: Int32Array, from: number): number {
  let low = 0;
  let high = bin.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bin[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
