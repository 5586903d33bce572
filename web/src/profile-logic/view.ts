/* A view of time: one filter put to a profile, answered by stack, line, function
 * and thread. The rules are those of src/model/view.h, so that the page shows the
 * numbers that every other report shows. */
import {
  addCost, allS, CPU_COUNT, costRow, type Costs, GC, newCosts, OTHER_WAIT, STRIDE, WAIT_COUNT,
} from './cost';
import { firstRowOf, samplesByBin } from './by-bin';
import { binRange, type Filter, keptKinds, keptThreads, mainThread } from './filter';
import { CPU_KINDS } from './kinds';
import type { Profile } from './profile';
import { charging, type Charging } from './scope';
import { stackIndexes, type StackIndexes } from './stack-index';
import { NONE, type Seconds, type ThreadIndex } from './units';

export interface View {
  profile: Profile;
  filter: Filter;
  index: StackIndexes;
  charging: Charging;
  mainThread: ThreadIndex;
  /** By stack: what was measured in it, and with all stacks below it. */
  stackCosts: Costs;
  below: Costs;
  /** One row each: all that the filter keeps; what is charged to files in scope;
   * what threads without a Python frame took. */
  total: Costs;
  inScope: Costs;
  noPython: Costs;
  /** What 100 % is: CPU time and the main thread's waiting. */
  wholeS: Seconds;
  /** By line number of the index: charged to it, and with all that it called. */
  lineCosts: Costs;
  lineTotals: Costs;
  /** By function: charged to its lines; with all that it called; in its own
   * frames alone (libraries and native code included). */
  functionCosts: Costs;
  functionTotals: Costs;
  functionOwn: Costs;
  /** By frame: CPU seconds charged to it. */
  frameCpuS: Float64Array;
  /** By thread; here waiting is the thread's own. */
  threadCosts: Costs;
}

function addSamples(p: Profile, f: Filter, main: ThreadIndex, stackCosts: Costs, threadCosts: Costs): void {
  const { thread, stack, bin, kind, gc, count, seconds } = samplesByBin(p);
  const kept = keptThreads(p, f);
  const [first, end] = binRange(p, f);
  const kinds = keptKinds(f);
  const last = firstRowOf(bin, end);
  for (let i = firstRowOf(bin, first); i < last; i++) {
    const t = thread[i]!;
    const k = kind[i]!;
    if (!kept[t] || k >= kinds) continue;
    const s = stack[i]! * STRIDE;
    const mine = t * STRIDE;
    const time = seconds[i]!;
    threadCosts[mine + k]! += time;
    if (k < CPU_KINDS) {
      stackCosts[s + k]! += time;
      stackCosts[s + CPU_COUNT]! += count[i]!;
      threadCosts[mine + CPU_COUNT]! += count[i]!;
      if (gc[i]) {
        stackCosts[s + GC]! += time;
        threadCosts[mine + GC]! += time;
      }
    } else {
      threadCosts[mine + WAIT_COUNT]! += count[i]!;
      if (t === main) {
        stackCosts[s + k]! += time;
        stackCosts[s + WAIT_COUNT]! += count[i]!;
      } else {
        stackCosts[s + OTHER_WAIT]! += time;
      }
    }
  }
}

function isEmpty(costs: Costs, row: number): boolean {
  for (let i = row * STRIDE, end = i + STRIDE; i < end; i++) if (costs[i]) return false;
  return true;
}

/** Parents stand before children: from the end on, each gives to its parent. */
function sumBelow(p: Profile, stackCosts: Costs): Costs {
  const below = stackCosts.slice();
  for (let i = p.stacks.length - 1; i > 0; i--) addCost(below, p.stacks.parent[i]!, below, i);
  return below;
}

function charge(v: View): void {
  const { profile: p, index, charging: c } = v;
  for (let s = 0; s < p.stacks.length; s++) {
    if (isEmpty(v.stackCosts, s)) continue;
    addCost(v.total, 0, v.stackCosts, s);
    if (s) addCost(v.functionOwn, p.frames.function[p.stacks.frame[s]!]!, v.stackCosts, s);
    const frame = c.charged[s]!;
    if (frame === NONE) {
      if (!index.python[s]) addCost(v.noPython, 0, v.stackCosts, s);
      continue;
    }
    addCost(v.inScope, 0, v.stackCosts, s);
    addCost(v.lineCosts, index.lineOfFrame[frame]!, v.stackCosts, s);
    addCost(v.functionCosts, p.frames.function[frame]!, v.stackCosts, s);
    const at = s * STRIDE;
    v.frameCpuS[frame]! += v.stackCosts[at]! + v.stackCosts[at + 1]! + v.stackCosts[at + 2]!;
  }
}

function addTotals(v: View): void {
  const { profile: p, index } = v;
  for (let s = 1; s < p.stacks.length; s++) {
    if (isEmpty(v.below, s)) continue;
    const frame = p.stacks.frame[s]!;
    if (index.firstOfFunction[s]) addCost(v.functionTotals, p.frames.function[frame]!, v.below, s);
    if (index.firstOfLine[s]) addCost(v.lineTotals, index.lineOfFrame[frame]!, v.below, s);
  }
}

export function makeView(p: Profile, f: Filter): View {
  const index = stackIndexes(p);
  const main = mainThread(p, f);
  const stackCosts = newCosts(p.stacks.length);
  const threadCosts = newCosts(p.threads.length);
  addSamples(p, f, main, stackCosts, threadCosts);
  const v: View = {
    profile: p, filter: f, index, mainThread: main, stackCosts, threadCosts,
    charging: charging(p, f.scope),
    below: sumBelow(p, stackCosts),
    total: newCosts(1), inScope: newCosts(1), noPython: newCosts(1), wholeS: 0,
    lineCosts: newCosts(index.lineFile.length),
    lineTotals: newCosts(index.lineFile.length),
    functionCosts: newCosts(p.functions.length),
    functionTotals: newCosts(p.functions.length),
    functionOwn: newCosts(p.functions.length),
    frameCpuS: new Float64Array(p.frames.length),
  };
  charge(v);
  addTotals(v);
  v.wholeS = allS(v.total);
  return v;
}

export interface Expression { column: number; endColumn: number; share: number }

/** By line of the index: the columns with the most CPU time, where known. */
export function hottestExpressions(v: View): Map<number, Expression> {
  const { frames } = v.profile;
  const places = new Map<string, { line: number; column: number; endColumn: number; cpuS: Seconds }>();
  v.frameCpuS.forEach((s, i) => {
    if (!s || !frames.column[i]) return;
    const line = v.index.lineOfFrame[i]!;
    const endLine = frames.endLine[i]! || frames.line[i]!;
    const key = `${line} ${frames.column[i]} ${endLine} ${frames.endColumn[i]}`;
    const endColumn = endLine === frames.line[i] ? frames.endColumn[i]! : 0;
    const place = places.get(key) ?? { line, column: frames.column[i]!, endColumn, cpuS: 0 };
    place.cpuS += s;
    places.set(key, place);
  });
  const hottest = new Map<number, Expression & { cpuS: Seconds }>();
  for (const it of places.values()) {
    if (it.cpuS <= (hottest.get(it.line)?.cpuS ?? 0)) continue;
    const whole = costRow(v.lineCosts, it.line);
    const share = it.cpuS / (whole[0]! + whole[1]! + whole[2]!);
    hottest.set(it.line, { column: it.column, endColumn: it.endColumn, share, cpuS: it.cpuS });
  }
  return hottest;
}
