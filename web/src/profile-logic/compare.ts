/* Two profiles side by side: what got better or worse, and what is noise. */
import { allS, CPU_COUNT, cpuS, STRIDE } from './cost';
import type { MemoryView } from './memory';
import { functionName, shortPath } from './names';
import { sourceOf } from './source';
import { NONE, type Bytes, type Seconds } from './units';
import type { View } from './view';

export interface Side { view: View; memory: MemoryView | null }

export interface Difference {
  key: string;
  name: string;
  place: string;
  /** Seconds (CPU and waiting) before and after. */
  before: Seconds;
  after: Seconds;
  /** Bytes allocated, before and after. */
  bytesBefore: Bytes;
  bytesAfter: Bytes;
  /** The change is within what sampling alone makes of it (95 %). */
  noise: boolean;
  /** Where it stands in the second profile, else in the first. */
  file: number;
  line: number;
}

interface Item {
  name: string; place: string; file: number; line: number;
  s: Seconds; cpu: Seconds; count: number; bytes: Bytes; variance: number;
}

const Z95 = 1.96;

/** The standard deviation of sampled CPU time: n measurements of s/n each. */
const deviation = (it: Item | undefined): number => (it && it.count > 0 ? it.cpu / Math.sqrt(it.count) : 0);

function add(map: Map<string, Item>, key: string, it: Item): void {
  const old = map.get(key);
  if (!old) {
    map.set(key, { ...it });
    return;
  }
  old.s += it.s;
  old.cpu += it.cpu;
  old.count += it.count;
  old.bytes += it.bytes;
  old.variance += it.variance;
}

/** Lines are the same where file, function and text are: code moves up and down. */
function lines({ view: v, memory: m }: Side): Map<string, Item> {
  const out = new Map<string, Item>();
  const p = v.profile;
  const functionOfLine = new Map<number, string>();
  for (let i = 0; i < p.frames.length; i++) {
    functionOfLine.set(v.index.lineOfFrame[i]!, p.functions.name[p.frames.function[i]!]!);
  }
  for (let line = 0; line < v.index.lineFile.length; line++) {
    const file = v.index.lineFile[line]!;
    const memory = m?.lines.get(line);
    if (!v.charging.fileIn[file] || (allS(v.lineCosts, line) <= 0 && !memory)) continue;
    const number = v.index.lineNumber[line]!;
    const text = sourceOf(p, file)?.lines[number - 1]?.trim() ?? `line ${number}`;
    const path = shortPath(p, file);
    add(out, `${path}\n${functionOfLine.get(line)}\n${text}`, {
      name: text, place: `${path}:${number}`, file, line: number,
      s: allS(v.lineCosts, line), cpu: cpuS(v.lineCosts, line), count: v.lineCosts[line * STRIDE + CPU_COUNT]!,
      bytes: memory?.allocBytes ?? 0, variance: memory?.variance ?? 0,
    });
  }
  return out;
}

function functions({ view: v, memory: m }: Side): Map<string, Item> {
  const out = new Map<string, Item>();
  const p = v.profile;
  for (let fn = 0; fn < p.functions.length; fn++) {
    const memory = m?.functions.get(fn);
    if (allS(v.functionCosts, fn) <= 0 && !memory) continue;
    const path = shortPath(p, p.functions.file[fn]!);
    add(out, `${path}\n${p.functions.name[fn]}`, {
      name: p.functions.name[fn]!, place: `${path}:${p.functions.firstLine[fn]}`,
      file: p.functions.file[fn]!, line: p.functions.firstLine[fn]!,
      s: allS(v.functionCosts, fn), cpu: cpuS(v.functionCosts, fn), count: v.functionCosts[fn * STRIDE + CPU_COUNT]!,
      bytes: memory?.allocBytes ?? 0, variance: memory?.variance ?? 0,
    });
  }
  return out;
}

function stacks({ view: v, memory: m }: Side): Map<string, Item> {
  const out = new Map<string, Item>();
  const p = v.profile;
  for (let s = 1; s < p.stacks.length; s++) {
    const bytes = m?.stacks.alloc[s] ?? 0;
    if (allS(v.stackCosts, s) <= 0 && !bytes) continue;
    const names: string[] = [];
    let last = NONE;
    for (let at = s; at > 0; at = p.stacks.parent[at]!) {
      const fn = p.frames.function[p.stacks.frame[at]!]!;
      if (v.charging.fileIn[p.functions.file[fn]!]) {
        names.unshift(p.functions.name[fn]!);
        if (last === NONE) last = fn;
      }
    }
    if (last === NONE) continue;
    add(out, names.join('\n'), {
      name: names.join(' › '), place: functionName(p, last), file: p.functions.file[last]!, line: p.functions.firstLine[last]!,
      s: allS(v.stackCosts, s), cpu: cpuS(v.stackCosts, s), count: v.stackCosts[s * STRIDE + CPU_COUNT]!, bytes, variance: 0,
    });
  }
  return out;
}

const NEGLIGIBLE_S = 0.001; // waiting is counted, not sampled, but never equal

function difference(key: string, a: Item | undefined, b: Item | undefined): Difference {
  const it = (b ?? a)!;
  const change = (b?.s ?? 0) - (a?.s ?? 0);
  const doubt = Z95 * Math.hypot(deviation(a), deviation(b));
  const bytesChange = (b?.bytes ?? 0) - (a?.bytes ?? 0);
  const bytesDoubt = Z95 * Math.sqrt((a?.variance ?? 0) + (b?.variance ?? 0));
  const quietTime = Math.abs(change) <= Math.max(doubt, NEGLIGIBLE_S);
  return {
    key, name: it.name, place: it.place, file: b ? b.file : NONE, line: it.line,
    before: a?.s ?? 0, after: b?.s ?? 0,
    bytesBefore: a?.bytes ?? 0, bytesAfter: b?.bytes ?? 0,
    noise: quietTime && Math.abs(bytesChange) <= bytesDoubt,
  };
}

export type CompareGrain = 'lines' | 'functions' | 'stacks';

/** The greatest change first, noise last. */
export function compare(before: Side, after: Side, grain: CompareGrain): Difference[] {
  const of = { lines, functions, stacks }[grain];
  const a = of(before);
  const b = of(after);
  const keys = new Set([...a.keys(), ...b.keys()]);
  const change = (d: Difference) => Math.abs(d.after - d.before);
  return [...keys].map((key) => difference(key, a.get(key), b.get(key)))
    .sort((x, y) => Number(x.noise) - Number(y.noise) || change(y) - change(x));
}
