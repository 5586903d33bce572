/* What a loop, a function or a class costs: by itself, and with all that it
 * called. So the question "how much does this loop cost" has an answer. */
import { addCost, allS, type Costs, newCosts } from './cost';
import type { Region } from './regions';
import { sourceOf } from './source';
import { firstOfKey } from './stack-index';
import { NONE, type FileIndex } from './units';
import type { View } from './view';

export interface RegionCost {
  file: FileIndex;
  region: Region;
  /** Charged to its lines. */
  self: Costs;
  /** With what they called; a region inside itself (recursion) counts once. */
  total: Costs;
  lines: number[]; // rows of the index's lines
}

const MOST_LEVELS = 12; // deeper nests are counted in the twelfth

const made = new WeakMap<View, RegionCost[]>();

export function regionCosts(v: View): RegionCost[] {
  let it = made.get(v);
  if (!it) made.set(v, (it = makeCosts(v)));
  return it;
}

function makeCosts(v: View): RegionCost[] {
  const { profile: p, index } = v;
  const all: RegionCost[] = [];
  const firstOfFile = new Map<FileIndex, number>();
  p.files.forEach((f, file) => {
    const source = v.charging.fileIn[file] && f.source !== null ? sourceOf(p, file) : null;
    if (!source) return;
    firstOfFile.set(file, all.length);
    for (const region of source.regions) all.push({ file, region, self: newCosts(1), total: newCosts(1), lines: [] });
  });
  /** By line of the index: its regions from the outermost on. */
  const chains: number[][] = [];
  for (let line = 0; line < index.lineFile.length; line++) {
    const file = index.lineFile[line]!;
    const base = firstOfFile.get(file);
    const chain: number[] = [];
    if (base !== undefined) {
      const source = sourceOf(p, file)!;
      let r = source.regionOfLine[index.lineNumber[line]!] ?? NONE;
      for (; r >= 0; r = source.regions[r]!.parent) chain.unshift(base + r);
    }
    chains.push(chain.slice(0, MOST_LEVELS));
    for (const r of chain) {
      addCost(all[r]!.self, 0, v.lineCosts, line);
      all[r]!.lines.push(line);
    }
  }
  const levels = Math.max(0, ...chains.map((c) => c.length));
  const lineOf = (s: number) => index.lineOfFrame[p.stacks.frame[s]!]!;
  for (let level = 0; level < levels; level++) {
    const keyOf = (s: number) => chains[lineOf(s)]![level] ?? NONE;
    const first = firstOfKey(index.order, index.depth, keyOf, all.length);
    for (let s = 1; s < first.length; s++) if (first[s]) addCost(all[keyOf(s)]!.total, 0, v.below, s);
  }
  return all.filter((r) => allS(r.total) > 0 || r.lines.length > 0);
}
