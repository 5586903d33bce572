/* A thread's stacks in the order of time, and the tracks beside them. */
import { binRange, type Filter, keptKinds, rangeS } from './filter';
import { type Chart, gcLeaf, kindLeaf, type Keys, nodesOfStacks, type Tree, TreeBuilder } from './flame';
import { CPU_KINDS, KIND_COUNT } from './kinds';
import type { Profile } from './profile';
import { NONE, type Seconds, type ThreadIndex } from './units';

/** Beyond this many samples the picture is cut into moments, and what is shorter
 * than a part of the range that no screen shows is left out. A shorter time range
 * shows it. */
const MOST_SAMPLES = 60_000;
const MOMENTS = 2000;
const FINEST_PART = 1 / 8000;

export interface Track { name: string; /** By bin: share of it, 0 to 1. */ share: Float64Array }

/** Positions of a thread's samples in the table, in order of time. */
function samplesOf(p: Profile, f: Filter, thread: ThreadIndex): Int32Array {
  const [first, end] = binRange(p, f);
  const kinds = keptKinds(f);
  const { thread: threads, bin, kind, length } = p.samples;
  const wanted = (i: number) => threads[i] === thread && bin[i]! >= first && bin[i]! < end && kind[i]! < kinds;
  let last = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (!wanted(i)) continue;
    count++;
    if (bin[i]! > last) last = bin[i]!;
  }
  const start = new Int32Array(last + 2);
  for (let i = 0; i < length; i++) if (wanted(i)) start[bin[i]! + 1]!++;
  for (let b = 1; b < start.length; b++) start[b]! += start[b - 1]!;
  const rows = new Int32Array(count);
  for (let i = 0; i < length; i++) if (wanted(i)) rows[start[bin[i]!]!++] = i;
  return rows;
}

/** Boxes by depth. A box goes on from the last piece where that was the same; one
 * that turns out too short is not kept. */
class Layers {
  readonly from: number[][] = [];
  readonly to: number[][] = [];
  readonly node: number[][] = [];
  private readonly open: { node: number; from: Seconds }[] = [];
  private at: Seconds = 0;
  constructor(private readonly shortest: Seconds) {}

  private close(depth: number): void {
    while (this.open.length > depth) {
      const d = this.open.length - 1;
      const box = this.open.pop()!;
      if (this.at - box.from < this.shortest) continue;
      (this.from[d] ??= []).push(box.from);
      (this.to[d] ??= []).push(this.at);
      (this.node[d] ??= []).push(box.node);
    }
  }

  add(path: readonly number[], from: Seconds, to: Seconds): void {
    const goesOn = Math.abs(from - this.at) < 1e-9;
    let same = 0;
    while (goesOn && same < path.length && same < this.open.length && this.open[same]!.node === path[same]) same++;
    this.close(same);
    for (let d = same; d < path.length; d++) this.open.push({ node: path[d]!, from });
    this.at = to;
  }

  finish(tree: Tree, width: number): Chart {
    this.close(0);
    const layers = [];
    for (let d = 0; d < this.node.length && this.node[d]; d++) {
      layers.push({ from: Float64Array.from(this.from[d]!), to: Float64Array.from(this.to[d]!), node: Int32Array.from(this.node[d]!) });
    }
    return { tree, start: null, width, layers };
  }
}

/** By stack and what stood below it: the node of the tree, made when first met. */
function nodeFinder(p: Profile, b: TreeBuilder, keys: Keys, rows: Int32Array): (i: number) => number {
  const { stack, kind, gc } = p.samples;
  const used = new Uint8Array(p.stacks.length);
  for (const i of rows) used[stack[i]!] = 1;
  const ofStack = nodesOfStacks(p, keys, b, used);
  const leaves = KIND_COUNT + 1;
  const known = new Int32Array(p.stacks.length * leaves).fill(NONE);
  return (i) => {
    const which = gc[i] && kind[i]! < CPU_KINDS ? KIND_COUNT : kind[i]!;
    const at = stack[i]! * leaves + which;
    if (known[at] === NONE) {
      const leaf = which === KIND_COUNT ? gcLeaf(p) : kindLeaf(p, which);
      known[at] = leaf === NONE ? ofStack[stack[i]!]! : b.child(ofStack[stack[i]!]!, leaf);
    }
    return known[at]!;
  };
}

class Paths {
  private readonly known = new Map<number, number[]>();
  constructor(private readonly tree: Tree) {}
  of(node: number): number[] {
    let path = this.known.get(node);
    if (!path) {
      path = [];
      for (let at = node; at !== NONE; at = this.tree.parent[at]!) path.push(at);
      path.reverse();
      this.known.set(node, path);
    }
    return path;
  }
}

/** Nodes that share their outer boxes stand together. */
function comparePaths(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Within a bin the order is not known: pieces that share a stack stand together. */
export function timeOrder(p: Profile, f: Filter, keys: Keys, thread: ThreadIndex): Chart {
  const rows = samplesOf(p, f, thread);
  const { bin, seconds } = p.samples;
  const b = new TreeBuilder(keys);
  const nodeOf = nodeFinder(p, b, keys, rows);
  const paths = new Paths(b.tree);
  const bins = Math.max(1, rangeS(p, f) / p.binS);
  const isMany = rows.length > MOST_SAMPLES;
  const together = isMany ? Math.max(1, Math.round(bins / MOMENTS)) : 1;
  const layers = new Layers(isMany ? rangeS(p, f) * FINEST_PART : 0);
  const widthS = together * p.binS;
  let cursor = Math.max(p.threads[thread]?.startS ?? 0, f.fromS);
  for (let at = 0; at < rows.length;) {
    const group = Math.floor(bin[rows[at]!]! / together);
    const pieces = new Map<number, Seconds>();
    let sum = 0;
    for (; at < rows.length && Math.floor(bin[rows[at]!]! / together) === group; at++) {
      const i = rows[at]!;
      const node = nodeOf(i);
      b.tree.self[node]! += seconds[i]!;
      pieces.set(node, (pieces.get(node) ?? 0) + seconds[i]!);
      sum += seconds[i]!;
    }
    const sorted = [...pieces].map(([node, s]) => ({ path: paths.of(node), s })).sort((x, y) => comparePaths(x.path, y.path));
    // What ended in a bin may have begun before it: it goes back to where the last
    // piece ended, and a gap of less than a bin is none.
    const endS = Math.min((group + 1) * widthS, Math.max(p.run.elapsedS, cursor));
    let x = endS - sum;
    if (x < cursor + 1.5 * widthS) x = cursor;
    const fits = Math.max(0, endS - x) / (sum || 1);
    for (const { path, s } of sorted) {
      layers.add(path, x, x + s * fits);
      x += s * fits;
    }
    cursor = Math.max(cursor, endS);
  }
  return layers.finish(b.finish(), p.run.elapsedS);
}

/** What the thread did, bin by bin: a strip each for what there was of it. */
export function tracksOf(p: Profile, f: Filter, thread: ThreadIndex): Track[] {
  const names = ['running', 'kernel', 'I/O', 'lock', 'GIL', 'sleep', 'child process', 'CPU queue', 'other waiting', 'garbage collector'];
  const of = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
  const bins = Math.max(1, Math.ceil(p.run.elapsedS / p.binS));
  const share = names.map(() => new Float64Array(bins));
  const kinds = Math.min(keptKinds(f), KIND_COUNT);
  const { thread: threads, bin, kind, gc, seconds, length } = p.samples;
  for (let i = 0; i < length; i++) {
    if (threads[i] !== thread || kind[i]! >= kinds) continue;
    const b = Math.min(bins - 1, bin[i]!);
    share[of[kind[i]!]!]![b]! += seconds[i]! / p.binS;
    if (gc[i]) share[9]![b]! += seconds[i]! / p.binS;
  }
  return names.map((name, i) => ({ name, share: share[i]!.map((x) => Math.min(1, x)) }))
    .filter((t) => t.share.some((x) => x > 0));
}
