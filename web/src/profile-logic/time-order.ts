/* A thread's stacks in the order of time, and the tracks beside them. */
import { firstRowOf, samplesByBin } from './by-bin';
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

/** Positions of a thread's samples in the table by bins, in order of time. */
function samplesOf(p: Profile, f: Filter, thread: ThreadIndex): Int32Array {
  const [first, end] = binRange(p, f);
  const kinds = keptKinds(f);
  const { thread: threads, bin, kind } = samplesByBin(p);
  const last = firstRowOf(bin, end);
  const rows = new Int32Array(Math.max(0, last - firstRowOf(bin, first)));
  let count = 0;
  for (let i = firstRowOf(bin, first); i < last; i++) if (threads[i] === thread && kind[i]! < kinds) rows[count++] = i;
  return rows.slice(0, count);
}

/** Boxes by depth. A box goes on from the last piece where that was the same; one
 * that turns out too short is not kept. */
class Layers {
  private readonly from: number[][] = [];
  private readonly to: number[][] = [];
  private readonly node: number[][] = [];
  private readonly openNode: number[] = [];
  private readonly openFrom: number[] = [];
  private depth = 0; // boxes that are open
  private at: Seconds = 0;
  constructor(private readonly shortest: Seconds) {}

  private close(depth: number): void {
    while (this.depth > depth) {
      const d = --this.depth;
      if (this.at - this.openFrom[d]! < this.shortest) continue;
      (this.from[d] ??= []).push(this.openFrom[d]!);
      (this.to[d] ??= []).push(this.at);
      (this.node[d] ??= []).push(this.openNode[d]!);
    }
  }

  add(path: Int32Array, from: Seconds, to: Seconds): void {
    const goesOn = Math.abs(from - this.at) < 1e-9;
    const most = Math.min(path.length, this.depth);
    let same = 0;
    while (goesOn && same < most && this.openNode[same] === path[same]) same++;
    this.close(same);
    for (let d = same; d < path.length; d++) {
      this.openNode[d] = path[d]!;
      this.openFrom[d] = from;
    }
    this.depth = path.length;
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
  const { stack, kind, gc } = samplesByBin(p);
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

/** The nodes from the root to this one. */
class Paths {
  private readonly known: Int32Array[] = [];
  constructor(private readonly tree: Tree) {}
  of(node: number): Int32Array {
    let path = this.known[node];
    if (!path) {
      path = new Int32Array(this.tree.depth[node]! + 1);
      for (let at = node, d = path.length; d > 0; at = this.tree.parent[at]!) path[--d] = at;
      this.known[node] = path;
    }
    return path;
  }
}

/** By node: its place where nodes that share their outer boxes stand together. */
function placesOf(tree: Tree): Int32Array {
  const n = tree.key.length;
  const firstChild = new Int32Array(n).fill(NONE);
  const sibling = new Int32Array(n).fill(NONE);
  for (let i = n - 1; i > 0; i--) {
    sibling[i] = firstChild[tree.parent[i]!]!;
    firstChild[tree.parent[i]!] = i;
  }
  const place = new Int32Array(n);
  const todo = [0];
  for (let count = 0; todo.length;) {
    const node = todo.pop()!;
    place[node] = count++;
    if (sibling[node] !== NONE) todo.push(sibling[node]!);
    if (firstChild[node] !== NONE) todo.push(firstChild[node]!);
  }
  return place;
}

/** Within a bin the order is not known: pieces that share a stack stand together. */
export function timeOrder(p: Profile, f: Filter, keys: Keys, thread: ThreadIndex): Chart {
  const rows = samplesOf(p, f, thread);
  const { bin, seconds } = samplesByBin(p);
  const b = new TreeBuilder(keys);
  const nodeOf = nodeFinder(p, b, keys, rows);
  const nodes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) nodes[i] = nodeOf(rows[i]!);
  const paths = new Paths(b.tree);
  const place = placesOf(b.tree);
  const nodeAt = new Int32Array(place.length);
  place.forEach((at, node) => (nodeAt[at] = node));
  const touched = new Int32Array(place.length); // places of the nodes of one moment
  const bins = Math.max(1, rangeS(p, f) / p.binS);
  const isMany = rows.length > MOST_SAMPLES;
  const together = isMany ? Math.max(1, Math.round(bins / MOMENTS)) : 1;
  const layers = new Layers(isMany ? rangeS(p, f) * FINEST_PART : 0);
  const widthS = together * p.binS;
  const pieces = new Float64Array(b.tree.key.length); // by node, of one moment
  let cursor = Math.max(p.threads[thread]?.startS ?? 0, f.fromS);
  for (let at = 0; at < rows.length;) {
    const group = Math.floor(bin[rows[at]!]! / together);
    let count = 0;
    let sum = 0;
    for (; at < rows.length && Math.floor(bin[rows[at]!]! / together) === group; at++) {
      const s = seconds[rows[at]!]!;
      const node = nodes[at]!;
      b.tree.self[node]! += s;
      if (s > 0 && pieces[node] === 0) touched[count++] = place[node]!;
      pieces[node]! += s;
      sum += s;
    }
    const inPlace = touched.subarray(0, count).sort();
    // What ended in a bin may have begun before it: it goes back to where the last
    // piece ended, and a gap of less than a bin is none.
    const endS = Math.min((group + 1) * widthS, Math.max(p.run.elapsedS, cursor));
    let x = endS - sum;
    if (x < cursor + 1.5 * widthS) x = cursor;
    const fits = Math.max(0, endS - x) / (sum || 1);
    for (let i = 0; i < count; i++) {
      const node = nodeAt[inPlace[i]!]!;
      const s = pieces[node]!;
      pieces[node] = 0;
      layers.add(paths.of(node), x, x + s * fits);
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
