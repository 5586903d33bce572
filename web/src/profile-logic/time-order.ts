/* A thread's stacks in the order of time, and the tracks beside them. */
import { binRange, type Filter, keptKinds } from './filter';
import { type Chart, type Entry, gcLeaf, kindLeaf, type Keys, nodesOfStacks, TreeBuilder } from './flame';
import { CPU_KINDS, KIND_COUNT } from './kinds';
import type { Profile } from './profile';
import { stackIndexes } from './stack-index';
import { NONE, type Seconds, type ThreadIndex } from './units';

/** More samples than this are put together, several bins at a time: a screen has
 * no more columns, and the picture stays quick to draw. */
const MOST_SAMPLES = 150_000;

interface Piece { node: number; order: number; seconds: Seconds }

export interface Track { name: string; /** By bin: share of it, 0 to 1. */ share: Float64Array }

/** Positions of a thread's samples in the table, in order of time. */
function samplesOf(p: Profile, f: Filter, thread: ThreadIndex): number[] {
  const [first, end] = binRange(p, f);
  const kinds = keptKinds(f);
  const { thread: threads, bin, kind, length } = p.samples;
  const rows: number[] = [];
  for (let i = 0; i < length; i++) {
    if (threads[i] === thread && bin[i]! >= first && bin[i]! < end && kind[i]! < kinds) rows.push(i);
  }
  return rows.sort((a, b) => bin[a]! - bin[b]!);
}

class Layers {
  readonly from: number[][] = [];
  readonly to: number[][] = [];
  readonly node: number[][] = [];
  private open: number[] = []; // nodes of the last piece's path
  private at: Seconds = 0;

  /** The path's boxes go on from the last piece where they are the same. */
  add(path: readonly number[], from: Seconds, to: Seconds): void {
    const goesOn = Math.abs(from - this.at) < 1e-9;
    let same = 0;
    while (goesOn && same < path.length && this.open[same] === path[same]) same++;
    for (let d = 0; d < path.length; d++) {
      if (d < same) {
        this.to[d]![this.to[d]!.length - 1] = to;
        continue;
      }
      (this.from[d] ??= []).push(from);
      (this.to[d] ??= []).push(to);
      (this.node[d] ??= []).push(path[d]!);
    }
    this.open = path.slice();
    this.at = to;
  }
}

/** Within a bin the order is not known: pieces that share a stack stand together. */
export function timeOrder(p: Profile, f: Filter, keys: Keys, thread: ThreadIndex): Chart {
  const rows = samplesOf(p, f, thread);
  const { bin, stack, kind, gc, seconds } = p.samples;
  const leafOf = (i: number) => (gc[i] && kind[i]! < CPU_KINDS ? gcLeaf(p) : kindLeaf(p, kind[i]!));
  const entries: Entry[] = rows.map((i) => ({ stack: stack[i]!, leaf: leafOf(i), value: seconds[i]! }));
  const b = new TreeBuilder(keys);
  const node = nodesOfStacks(p, keys, b, entries);
  const place = new Int32Array(p.stacks.length);
  stackIndexes(p).order.forEach((s, i) => (place[s] = i));
  const together = Math.max(1, Math.ceil(rows.length / MOST_SAMPLES));
  const layers = new Layers();
  const pathOf = (n: number) => {
    const path: number[] = [];
    for (let at = n; at !== NONE; at = b.tree.parent[at]!) path.push(at);
    return path.reverse();
  };
  const paths = new Map<number, number[]>();
  let cursor = Math.max(p.threads[thread]?.startS ?? 0, f.fromS);
  for (let at = 0; at < rows.length;) {
    const group = Math.floor(bin[rows[at]!]! / together);
    const pieces = new Map<number, Piece>();
    for (; at < rows.length && Math.floor(bin[rows[at]!]! / together) === group; at++) {
      const e = entries[at]!;
      const n = e.leaf === NONE ? node[e.stack]! : b.child(node[e.stack]!, e.leaf);
      b.tree.self[n]! += e.value;
      const it = pieces.get(n);
      if (it) it.seconds += e.value;
      else pieces.set(n, { node: n, order: place[e.stack]!, seconds: e.value });
    }
    const sorted = [...pieces.values()].sort((x, y) => x.order - y.order || x.node - y.node);
    const sum = sorted.reduce((s, x) => s + x.seconds, 0);
    const widthS = together * p.binS;
    // What ended in a bin may have begun before it: it goes back to where the last
    // piece ended, and a gap of less than a bin is none.
    const endS = Math.min((group + 1) * widthS, Math.max(p.run.elapsedS, cursor));
    let x = endS - sum;
    if (x < cursor + 1.5 * widthS) x = cursor;
    const fits = Math.max(0, endS - x) / (sum || 1);
    for (const it of sorted) {
      let path = paths.get(it.node);
      if (!path) paths.set(it.node, (path = pathOf(it.node)));
      layers.add(path, x, x + it.seconds * fits);
      x += it.seconds * fits;
    }
    cursor = Math.max(cursor, endS);
  }
  return {
    tree: b.finish(), start: null, width: p.run.elapsedS,
    layers: layers.node.map((nodes, d) => ({
      from: Float64Array.from(layers.from[d]!), to: Float64Array.from(layers.to[d]!), node: Int32Array.from(nodes),
    })),
  };
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
