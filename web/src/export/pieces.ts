/* What exports share: kept samples, and stacks as lists of frames. */
import { binRange, type Filter, keptKinds, keptThreads } from '../profile-logic/filter';
import { CPU_KINDS, GC_LEAF, LEAVES } from '../profile-logic/kinds';
import type { Profile } from '../profile-logic/profile';

/** Positions in the table of samples that the filter keeps. */
export function keptSamples(p: Profile, f: Filter): number[] {
  const kept = keptThreads(p, f);
  const [first, end] = binRange(p, f);
  const kinds = keptKinds(f);
  const { thread, bin, kind, length } = p.samples;
  const rows: number[] = [];
  for (let i = 0; i < length; i++) {
    if (kept[thread[i]!] && bin[i]! >= first && bin[i]! < end && kind[i]! < kinds) rows.push(i);
  }
  return rows;
}

/** Frames of a stack, outermost first. */
export function framesOf(p: Profile, stack: number): number[] {
  const out: number[] = [];
  for (let s = stack; s > 0; s = p.stacks.parent[s]!) out.push(p.stacks.frame[s]!);
  return out.reverse();
}

/** The pseudo-frame below the stack that says what was not the function's own. */
export const leafOf = (p: Profile, i: number): string | null =>
  p.samples.gc[i] && p.samples.kind[i]! < CPU_KINDS ? GC_LEAF : LEAVES[p.samples.kind[i]!] ?? null;
