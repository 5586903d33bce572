/* Flame graphs: trees of functions with a value each, laid out by depth. */
import { GC, STRIDE } from './cost';
import { CPU_KINDS, GC_LEAF, KIND_COUNT, LEAVES, QUEUE } from './kinds';
import { functionName, isNative, packageOf, shortPath } from './names';
import { REGION_FILE } from './named-regions';
import type { Profile } from './profile';
import type { FileIndex, FunctionIndex, StackIndex } from './units';
import { NONE } from './units';
import type { View } from './view';

export interface FrameChoice {
  /** Library code: every frame; one box a package; not at all. */
  library: 'open' | 'collapsed' | 'hidden';
  native: boolean;
}

/** What a box stands for. Keys below the number of functions are functions. */
export interface Keys {
  count: number;
  /** By stack: its box's key, NONE where the choice hides it. */
  ofStack: Int32Array;
  label(key: number): string;
  functionOf(key: number): FunctionIndex;
  /** For its colour. */
  family(key: number): Family;
  fileOf(key: number): FileIndex;
}
export type Family = 'program' | 'library' | 'native' | 'kernel' | 'waiting' | 'gc' | 'region' | 'root';

/** One value in a stack; `leaf` (a key) stands below the stack's own frame. */
export interface Entry { stack: StackIndex; leaf: number; value: number }

/** Python's own import system: between any two modules stand half a dozen of its
 * frames, of which none says anything. */
const isImporting = (p: Profile, file: FileIndex): boolean => p.files[file]!.path.startsWith('<frozen importlib.');

export function makeKeys(p: Profile, fileIn: Uint8Array, choice: FrameChoice): Keys {
  const functions = p.functions.length;
  const leafBase = functions;
  const packageBase = functions + KIND_COUNT + 1;
  const packages: { name: string; file: FileIndex }[] = [];
  const known = new Map<string, number>();
  const keyOfFunction = new Int32Array(functions);
  for (let fn = 0; fn < functions; fn++) {
    const file = p.functions.file[fn]!;
    const native = isNative(p, fn);
    const mine = fileIn[file] === 1;
    if (p.files[file]!.path === REGION_FILE && native) keyOfFunction[fn] = fn; // the program's own words
    else if (native && !choice.native) keyOfFunction[fn] = NONE;
    else if (choice.library === 'collapsed' && isImporting(p, file)) keyOfFunction[fn] = NONE;
    else if (mine || choice.library === 'open') keyOfFunction[fn] = fn;
    else if (choice.library === 'hidden') keyOfFunction[fn] = native ? fn : NONE;
    else {
      const name = native ? shortPath(p, file) : packageOf(p, file);
      let it = known.get(name);
      if (it === undefined) {
        known.set(name, (it = packages.length));
        packages.push({ name, file });
      }
      keyOfFunction[fn] = packageBase + it;
    }
  }
  const ofStack = new Int32Array(p.stacks.length).fill(NONE);
  for (let s = 1; s < ofStack.length; s++) ofStack[s] = keyOfFunction[p.frames.function[p.stacks.frame[s]!]!]!;
  const names: string[] = new Array<string>(functions);
  const familyOfFile = (file: FileIndex): Family => p.files[file]!.path === REGION_FILE ? 'region' :
    p.files[file]!.kind === 'native' ? 'native' : fileIn[file] ? 'program' : 'library';
  return {
    count: packageBase + packages.length,
    ofStack,
    label(key) {
      if (key < 0) return 'all';
      if (key < functions) return (names[key] ??= functionName(p, key));
      if (key === leafBase + KIND_COUNT) return GC_LEAF;
      if (key < packageBase) return LEAVES[key - leafBase] ?? '';
      return packages[key - packageBase]!.name;
    },
    functionOf: (key) => (key >= 0 && key < functions ? key : NONE),
    family(key) {
      if (key < 0) return 'root';
      if (key < functions) return familyOfFile(p.functions.file[key]!);
      if (key === leafBase + KIND_COUNT) return 'gc';
      if (key < packageBase) return key - leafBase < CPU_KINDS ? 'kernel' : 'waiting';
      return familyOfFile(packages[key - packageBase]!.file);
    },
    fileOf(key) {
      if (key < 0) return NONE;
      if (key < functions) return p.functions.file[key]!;
      return key < packageBase ? NONE : packages[key - packageBase]!.file;
    },
  };
}

export const kindLeaf = (p: Profile, kind: number): number => (LEAVES[kind] ? p.functions.length + kind : NONE);
export const gcLeaf = (p: Profile): number => p.functions.length + KIND_COUNT;

/** Time by stack: what 100 % is made of. Time in the garbage collector is told
 * apart from the CPU kinds as far as sums allow. */
export function timeEntries(v: View): Entry[] {
  const p = v.profile;
  const entries: Entry[] = [];
  for (let stack = 0; stack < p.stacks.length; stack++) {
    const at = stack * STRIDE;
    const c = v.stackCosts;
    let gc = c[at + GC]!;
    if (gc > 0) entries.push({ stack, leaf: gcLeaf(p), value: gc });
    for (let k = 0; k < KIND_COUNT; k++) {
      let value = c[at + k]!;
      if (k === QUEUE || value <= 0) continue;
      if (k < CPU_KINDS && gc > 0) {
        const part = Math.min(gc, value);
        gc -= part;
        value -= part;
      }
      if (value > 0) entries.push({ stack, leaf: kindLeaf(p, k), value });
    }
  }
  return entries;
}

export function byteEntries(values: Float64Array): Entry[] {
  const entries: Entry[] = [];
  values.forEach((value, stack) => {
    if (value > 0) entries.push({ stack, leaf: NONE, value });
  });
  return entries;
}

export interface Tree {
  /** By node; node 0 is the root, parents stand before children. */
  key: number[];
  parent: number[];
  depth: number[];
  self: number[];
  total: number[];
}

export class TreeBuilder {
  readonly tree: Tree = { key: [NONE], parent: [NONE], depth: [0], self: [0], total: [0] };
  private readonly known = new Map<number, number>();
  constructor(private readonly keys: Keys) {}

  /** The node below `parent` with this key. */
  child(parent: number, key: number): number {
    const id = parent * this.keys.count + key;
    let node = this.known.get(id);
    if (node === undefined) {
      const t = this.tree;
      node = t.key.length;
      this.known.set(id, node);
      t.key.push(key);
      t.parent.push(parent);
      t.depth.push(t.depth[parent]! + 1);
      t.self.push(0);
      t.total.push(0);
    }
    return node;
  }

  /** Below `node`, unless the key is none or a package that the node is already. */
  step(node: number, key: number, packages: number): number {
    if (key === NONE || (key >= packages && this.tree.key[node] === key)) return node;
    return this.child(node, key);
  }

  finish(): Tree {
    const t = this.tree;
    for (let i = 0; i < t.total.length; i++) t.total[i]! += t.self[i]!;
    for (let i = t.total.length - 1; i > 0; i--) t.total[t.parent[i]!]! += t.total[i]!;
    return t;
  }
}

const packageBase = (p: Profile): number => p.functions.length + KIND_COUNT + 1;

/** By stack: its node in the builder's tree. `used` marks the stacks that matter;
 * those around them are marked too. */
export function nodesOfStacks(p: Profile, keys: Keys, b: TreeBuilder, used: Uint8Array): Int32Array {
  const node = new Int32Array(p.stacks.length).fill(NONE);
  for (let s = used.length - 1; s > 0; s--) if (used[s]) used[p.stacks.parent[s]!] = 1;
  node[0] = 0;
  const packages = packageBase(p);
  for (let s = 1; s < node.length; s++) {
    if (used[s]) node[s] = b.step(node[p.stacks.parent[s]!]!, keys.ofStack[s]!, packages);
  }
  return node;
}

export function topDown(p: Profile, keys: Keys, entries: readonly Entry[]): Tree {
  const b = new TreeBuilder(keys);
  const used = new Uint8Array(p.stacks.length);
  for (const e of entries) used[e.stack] = 1;
  const node = nodesOfStacks(p, keys, b, used);
  for (const e of entries) {
    const at = e.leaf === NONE ? node[e.stack]! : b.child(node[e.stack]!, e.leaf);
    b.tree.self[at]! += e.value;
  }
  return b.finish();
}

/** Keys from the innermost visible box outwards. */
function* outwards(p: Profile, keys: Keys, stack: StackIndex, packages: number): Generator<number> {
  let last = NONE;
  for (let s = stack; s > 0; s = p.stacks.parent[s]!) {
    const key = keys.ofStack[s]!;
    if (key === NONE || (key >= packages && key === last)) continue;
    yield key;
    last = key;
  }
}

export function bottomUp(p: Profile, keys: Keys, entries: readonly Entry[]): Tree {
  const b = new TreeBuilder(keys);
  const packages = packageBase(p);
  for (const e of entries) {
    let node = e.leaf === NONE ? 0 : b.child(0, e.leaf);
    for (const key of outwards(p, keys, e.stack, packages)) node = b.child(node, key);
    b.tree.self[node]! += e.value;
  }
  return b.finish();
}

/** Callers above and callees below one box: the two halves of a sandwich. A box
 * that is inside itself counts once, at its outermost place. */
export function sandwich(p: Profile, keys: Keys, entries: readonly Entry[], key: number): { callers: Tree; callees: Tree } {
  const down = new TreeBuilder(keys);
  const up = new TreeBuilder(keys);
  const packages = packageBase(p);
  const node = new Int32Array(p.stacks.length).fill(NONE);
  /** By stack: the stack at which the box first stands on it, or NONE. */
  const at = new Int32Array(p.stacks.length).fill(NONE);
  for (let s = 1; s < node.length; s++) {
    const parent = p.stacks.parent[s]!;
    if (at[parent] !== NONE) {
      at[s] = at[parent]!;
      node[s] = down.step(node[parent]!, keys.ofStack[s]!, packages);
    } else if (keys.ofStack[s] === key) {
      at[s] = s;
      node[s] = down.child(0, key);
    }
  }
  const above = new Float64Array(p.stacks.length);
  for (const e of entries) {
    const isLeaf = e.leaf === key && at[e.stack] === NONE;
    if (at[e.stack] === NONE && !isLeaf) continue;
    const from = isLeaf ? down.child(0, key) : node[e.stack]!;
    const below = e.leaf === NONE || isLeaf ? from : down.child(from, e.leaf);
    down.tree.self[below]! += e.value;
    if (isLeaf) addCallers(e.stack, e.value);
    else above[at[e.stack]!]! += e.value;
  }
  function addCallers(stack: StackIndex, value: number, skip = NONE): void {
    let to = up.child(0, key);
    let first = true;
    for (const it of outwards(p, keys, stack, packages)) {
      if (first && it === skip) {
        first = false;
        continue;
      }
      first = false;
      to = up.child(to, it);
    }
    up.tree.self[to]! += value;
  }
  above.forEach((value, stack) => {
    if (value > 0) addCallers(stack, value, key);
  });
  return { callers: up.finish(), callees: down.finish() };
}

/** Boxes by depth, from left to right. */
export interface Layer { from: Float64Array; to: Float64Array; node: Int32Array }
export interface Chart {
  tree: Tree;
  layers: Layer[];
  width: number;
  /** Where each node begins (left heavy charts only). */
  start: Float64Array | null;
}

/** Left heavy: the greatest child first. */
export function layOut(tree: Tree): Chart {
  const n = tree.key.length;
  const children: number[][] = Array.from({ length: n }, () => []);
  for (let i = 1; i < n; i++) if (tree.total[i]! > 0) children[tree.parent[i]!]!.push(i);
  const start = new Float64Array(n);
  const layers: { from: number[]; to: number[]; node: number[] }[] = [];
  const todo = [0];
  while (todo.length) {
    const node = todo.pop()!;
    const depth = tree.depth[node]!;
    const layer = (layers[depth] ??= { from: [], to: [], node: [] });
    layer.from.push(start[node]!);
    layer.to.push(start[node]! + tree.total[node]!);
    layer.node.push(node);
    const row = children[node]!.sort((a, b) => tree.total[b]! - tree.total[a]! || tree.key[a]! - tree.key[b]!);
    let x = start[node]!;
    for (const child of row) {
      start[child] = x;
      x += tree.total[child]!;
    }
    for (let i = row.length - 1; i >= 0; i--) todo.push(row[i]!);
  }
  return {
    tree, start, width: tree.total[0]!,
    layers: layers.map((l) => ({
      from: Float64Array.from(l.from), to: Float64Array.from(l.to), node: Int32Array.from(l.node),
    })),
  };
}
