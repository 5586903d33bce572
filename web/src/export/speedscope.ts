/* speedscope's JSON: a profile a thread, in order of time. */
import { stackIndexes } from '../profile-logic/stack-index';
import type { Filter } from '../profile-logic/filter';
import { shortPath, threadName } from '../profile-logic/names';
import type { Profile } from '../profile-logic/profile';
import { framesOf, keptSamples, leafOf } from './pieces';

interface Frame { name: string; file?: string; line?: number }

export function toSpeedscope(p: Profile, f: Filter): string {
  const frames: Frame[] = [];
  const known = new Map<string, number>();
  const number = (key: string, make: () => Frame) => {
    let i = known.get(key);
    if (i === undefined) {
      known.set(key, (i = frames.length));
      frames.push(make());
    }
    return i;
  };
  const ofStack = new Map<number, number[]>();
  const pathOf = (stack: number) => {
    let path = ofStack.get(stack);
    if (!path) {
      path = framesOf(p, stack).map((frame) => {
        const fn = p.frames.function[frame]!;
        const file = p.functions.file[fn]!;
        return number(`f${fn}:${p.frames.line[frame]}`, () => ({
          name: p.functions.name[fn]!, file: shortPath(p, file),
          ...(p.frames.line[frame] ? { line: p.frames.line[frame]! } : {}),
        }));
      });
      ofStack.set(stack, path);
    }
    return path;
  };
  const place = new Int32Array(p.stacks.length);
  stackIndexes(p).order.forEach((s, i) => (place[s] = i));
  const { thread, bin, stack, seconds } = p.samples;
  const byThread = new Map<number, number[]>();
  for (const i of keptSamples(p, f)) {
    const rows = byThread.get(thread[i]!);
    if (rows) rows.push(i);
    else byThread.set(thread[i]!, [i]);
  }
  const profiles = [...byThread].sort((a, b) => a[0] - b[0]).map(([t, rows]) => {
    rows.sort((a, b) => bin[a]! - bin[b]! || place[stack[a]!]! - place[stack[b]!]!);
    const weights = rows.map((i) => seconds[i]!);
    const samples = rows.map((i) => {
      const leaf = leafOf(p, i);
      return leaf ? [...pathOf(stack[i]!), number(leaf, () => ({ name: leaf }))] : pathOf(stack[i]!);
    });
    const pid = p.processes[p.threads[t]!.process]!.pid;
    return {
      type: 'sampled', name: `${threadName(p, t)} (${p.threads[t]!.tid}) of process ${pid}`, unit: 'seconds',
      startValue: 0, endValue: weights.reduce((a, b) => a + b, 0), samples, weights,
    };
  });
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: `solvidia-mem-prof ${p.run.version}`, name: p.run.program,
    activeProfileIndex: 0, shared: { frames }, profiles,
  });
}
