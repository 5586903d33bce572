/* What never changes about the tree of stacks: its order, and where keys repeat. */
import type { Profile } from './profile';
import { NONE } from './units';

export interface StackIndexes {
  /** Stacks in depth-first order, children in the order of their number. */
  order: Int32Array;
  depth: Int32Array;
  /** By frame: number of its (file, line), shared by all frames on that line. */
  lineOfFrame: Int32Array;
  lineFile: Int32Array;
  lineNumber: Int32Array;
  /** By stack: 1 where a Python frame is on it. */
  python: Uint8Array;
  /** By stack: 1 where its innermost function, or line, is on it just once. */
  firstOfFunction: Uint8Array;
  firstOfLine: Uint8Array;
}

function depthFirst(parent: Int32Array): { order: Int32Array; depth: Int32Array } {
  const n = parent.length;
  const firstChild = new Int32Array(n).fill(NONE);
  const sibling = new Int32Array(n).fill(NONE);
  for (let i = n - 1; i > 0; i--) {
    sibling[i] = firstChild[parent[i]!]!;
    firstChild[parent[i]!] = i;
  }
  const order = new Int32Array(n);
  const depth = new Int32Array(n);
  for (let at = 0, count = 0; ;) {
    order[count++] = at;
    if (firstChild[at] !== NONE) {
      depth[firstChild[at]!] = depth[at]! + 1;
      at = firstChild[at]!;
      continue;
    }
    while (at > 0 && sibling[at] === NONE) at = parent[at]!;
    if (at <= 0) return { order, depth };
    depth[sibling[at]!] = depth[at]!;
    at = sibling[at]!;
  }
}

/** By stack: 1 where no stack above it has the same key. Keys below 0 are none. */
export function firstOfKey(order: Int32Array, depth: Int32Array, keyOf: (stack: number) => number, keys: number): Uint8Array {
  const first = new Uint8Array(order.length);
  const active = new Int32Array(keys);
  const path: number[] = []; // keys from the root on
  for (const stack of order) {
    while (path.length > depth[stack]!) {
      const left = path.pop()!;
      if (left >= 0) active[left]!--;
    }
    const key = stack ? keyOf(stack) : NONE;
    path.push(key);
    if (key >= 0) first[stack] = Number(active[key]!++ === 0);
  }
  return first;
}

function numberLines(p: Profile) {
  const { frames, functions } = p;
  const lineOfFrame = new Int32Array(frames.length);
  const files: number[] = [];
  const numbers: number[] = [];
  const known = new Map<number, number>();
  for (let i = 0; i < frames.length; i++) {
    const file = functions.file[frames.function[i]!]!;
    const key = file * 2 ** 31 + frames.line[i]!;
    let line = known.get(key);
    if (line === undefined) {
      line = files.length;
      known.set(key, line);
      files.push(file);
      numbers.push(frames.line[i]!);
    }
    lineOfFrame[i] = line;
  }
  return { lineOfFrame, lineFile: Int32Array.from(files), lineNumber: Int32Array.from(numbers) };
}

function markPython(p: Profile): Uint8Array {
  const python = new Uint8Array(p.stacks.length);
  for (let i = 1; i < python.length; i++) {
    const file = p.functions.file[p.frames.function[p.stacks.frame[i]!]!]!;
    python[i] = p.files[file]!.kind !== 'native' ? 1 : python[p.stacks.parent[i]!]!;
  }
  return python;
}

const made = new WeakMap<Profile, StackIndexes>();

export function stackIndexes(p: Profile): StackIndexes {
  let it = made.get(p);
  if (!it) {
    const { order, depth } = depthFirst(p.stacks.parent);
    const lines = numberLines(p);
    const { frame } = p.stacks;
    it = {
      order, depth, ...lines,
      python: markPython(p),
      firstOfFunction: firstOfKey(order, depth, (s) => p.frames.function[frame[s]!]!, p.functions.length),
      firstOfLine: firstOfKey(order, depth, (s) => lines.lineOfFrame[frame[s]!]!, lines.lineFile.length),
    };
    made.set(p, it);
  }
  return it;
}
