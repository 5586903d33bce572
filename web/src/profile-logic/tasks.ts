/* Tasks of event loops, and the lines on which they were suspended. The rules are
 * those of src/model/view_tasks.c. These tables have no times: a range does not
 * touch them. */
import { type Filter, keptThreads } from './filter';
import type { Profile } from './profile';
import { charging } from './scope';
import { type FunctionIndex, type Line, NONE, type Seconds } from './units';

export interface AwaitPlace {
  function: FunctionIndex;
  line: Line;
  awaitS: Seconds;
  waitS: Seconds;
  /** Of awaitS, by what was waited for: the most first. */
  on: { name: string; s: Seconds }[];
  mean: number;
  peak: number;
}

/** Tasks that the filter keeps, the most suspended first. */
export function tasksOf(p: Profile, f: Filter): number[] {
  const kept = keptThreads(p, f);
  const { tasks } = p;
  if (!tasks) return [];
  return Array.from({ length: tasks.length }, (_, i) => i).filter((i) => kept[tasks.thread[i]!])
    .sort((a, b) => tasks.awaitS[b]! - tasks.awaitS[a]! || a - b);
}

export function awaitPlaces(p: Profile, f: Filter): AwaitPlace[] {
  const { tasks, awaits, awaitLines } = p;
  if (!tasks || !awaits) return [];
  const kept = keptThreads(p, f);
  const { charged } = charging(p, f.scope);
  const places = new Map<string, AwaitPlace & { by: Map<string, Seconds> }>();
  for (let i = 0; i < awaits.length; i++) {
    const frame = charged[awaits.stack[i]!]!;
    if (frame === NONE || !kept[tasks.thread[awaits.task[i]!]!]) continue;
    const [fn, line] = [p.frames.function[frame]!, p.frames.line[frame]!];
    const key = `${fn} ${line}`;
    let it = places.get(key);
    if (!it) places.set(key, (it = { function: fn, line, awaitS: 0, waitS: 0, on: [], mean: 0, peak: 0, by: new Map() }));
    it.awaitS += awaits.awaitS[i]!;
    it.waitS += awaits.waitS[i]!;
    const name = p.awaitReasons[awaits.on[i]!] ?? 'future';
    it.by.set(name, (it.by.get(name) ?? 0) + awaits.awaitS[i]!);
  }
  const present = new Map<string, [onLineS: number, presentS: number]>();
  for (let i = 0; awaitLines && i < awaitLines.length; i++) {
    const key = `${awaitLines.function[i]} ${awaitLines.line[i]}`;
    const it = places.get(key);
    if (!it || !kept[awaitLines.thread[i]!]) continue;
    const sum = present.get(key) ?? [0, 0];
    present.set(key, [sum[0] + awaitLines.awaitS[i]!, sum[1] + awaitLines.presentS[i]!]);
    it.peak = Math.max(it.peak, awaitLines.peak[i]!);
  }
  for (const [key, it] of places) {
    const [onLineS, presentS] = present.get(key) ?? [0, 0];
    it.mean = presentS > 0 ? onLineS / presentS : 0;
    it.on = [...it.by].map(([name, s]) => ({ name, s })).sort((a, b) => b.s - a.s);
  }
  return [...places.values()].sort((a, b) => b.awaitS - a.awaitS || a.function - b.function || a.line - b.line);
}
