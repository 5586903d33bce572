/* What stands around and below one line: who called it, what it called, what ran
 * in it natively. For the panel beside the source and for the AI's evidence. */
import { allS, cpuS, STRIDE } from './cost';
import { KIND_COUNT, KIND_WORDS, CPU_KINDS, QUEUE } from './kinds';
import { frameName, functionName } from './names';
import { NONE, type Seconds } from './units';
import type { View } from './view';

export interface Named { name: string; seconds: Seconds }

function top(sums: Map<string, Seconds>, most: number): Named[] {
  return [...sums].map(([name, seconds]) => ({ name, seconds })).sort((a, b) => b.seconds - a.seconds).slice(0, most);
}

const put = (sums: Map<string, Seconds>, name: string, s: Seconds) => sums.set(name, (sums.get(name) ?? 0) + s);

/** Stacks with the line on them: callers are the frames in front of it, inner the
 * innermost functions of what is charged to it. */
export function insideLine(v: View, line: number, most = 5): { callers: Named[]; inner: Named[]; waits: Named[] } {
  const { profile: p, index } = v;
  const callers = new Map<string, Seconds>();
  const inner = new Map<string, Seconds>();
  for (let s = 1; s < p.stacks.length; s++) {
    const frame = p.stacks.frame[s]!;
    if (index.lineOfFrame[frame] === line && index.firstOfLine[s] && allS(v.below, s) > 0) {
      let at = p.stacks.parent[s]!;
      while (at > 0 && !v.charging.fileIn[p.functions.file[p.frames.function[p.stacks.frame[at]!]!]!]) at = p.stacks.parent[at]!;
      put(callers, at > 0 ? frameName(p, p.stacks.frame[at]!) : 'the program itself', allS(v.below, s));
    }
    const charged = v.charging.charged[s]!;
    if (charged !== NONE && index.lineOfFrame[charged] === line && frame !== charged && cpuS(v.stackCosts, s) > 0) {
      put(inner, functionName(p, p.frames.function[frame]!), cpuS(v.stackCosts, s));
    }
  }
  const waits: Named[] = [];
  for (let k = CPU_KINDS; k < KIND_COUNT; k++) {
    const s = v.lineCosts[line * STRIDE + k]!;
    if (k !== QUEUE && s > 0) waits.push({ name: KIND_WORDS[k]!, seconds: s });
  }
  return { callers: top(callers, most), inner: top(inner, most), waits: waits.sort((a, b) => b.seconds - a.seconds) };
}
