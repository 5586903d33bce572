/* Regions that the program names itself: wall clock as it measured, and what the
 * stacks inside of them did. As src/model/view_regions.c. */
import { costRow, type Costs, newCosts } from './cost';
import type { Profile } from './profile';
import { NONE, type FunctionIndex, type Seconds } from './units';
import type { View } from './view';

/** The file of the frames that stand for regions on stacks. */
export const REGION_FILE = '[region]';

export interface NamedRegion {
  name: string;
  /** On stacks; NONE where it is on none. */
  function: FunctionIndex;
  count: number;
  nested: number;
  open: number;
  totalS: Seconds;
  /** 0: none was left. */
  minS: Seconds;
  maxS: Seconds;
  firstS: Seconds;
  lastS: Seconds;
  threads: number;
  processes: number;
  /** Of all stacks inside of it; recursion counts once. */
  costs: Costs;
}

const isRegion = (p: Profile, fn: FunctionIndex): boolean => {
  const file = p.files[p.functions.file[fn]!]!;
  return file.kind === 'native' && file.path === REGION_FILE;
};

/** By name: its function. */
export function regionFunctions(p: Profile): Map<string, FunctionIndex> {
  const out = new Map<string, FunctionIndex>();
  if (!p.files.some((f) => f.path === REGION_FILE)) return out;
  for (let fn = 0; fn < p.functions.length; fn++) if (isRegion(p, fn)) out.set(p.functions.name[fn]!, fn);
  return out;
}

/** The most wall clock first. Counts and wall clock are of the whole run. */
export function namedRegions(v: View): NamedRegion[] {
  const p = v.profile;
  const { regions: t } = p;
  if (!t) return [];
  const functions = regionFunctions(p);
  const all = new Map<string, NamedRegion & { of: Set<number> }>();
  for (let i = 0; i < t.length; i++) {
    const [process, thread] = [t.process[i]!, t.thread[i]!];
    if (v.filter.process !== null && process !== v.filter.process) continue;
    if (v.filter.thread !== null && thread !== v.filter.thread) continue;
    const name = t.name[i]!;
    let it = all.get(name);
    if (!it) {
      const fn = functions.get(name) ?? NONE;
      all.set(name, (it = {
        name, function: fn, count: 0, nested: 0, open: 0, totalS: 0, minS: 0, maxS: 0, firstS: t.firstS[i]!, lastS: 0, threads: 0, processes: 0,
        costs: fn === NONE ? newCosts(1) : costRow(v.functionTotals, fn), of: new Set(),
      }));
    }
    it.count += t.count[i]!;
    it.nested += t.nested[i]!;
    it.open += t.open[i]!;
    it.totalS += t.totalS[i]!;
    if (t.minS[i]! > 0 && (it.minS <= 0 || t.minS[i]! < it.minS)) it.minS = t.minS[i]!;
    it.maxS = Math.max(it.maxS, t.maxS[i]!);
    it.firstS = Math.min(it.firstS, t.firstS[i]!);
    it.lastS = Math.max(it.lastS, t.lastS[i]!);
    it.threads++;
    it.of.add(process);
  }
  return [...all.values()].map((it) => ({ ...it, processes: it.of.size })).sort((a, b) => b.totalS - a.totalS);
}
