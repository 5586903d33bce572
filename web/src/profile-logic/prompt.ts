/* The text for a chat with an AI about one line or region: the evidence that the
 * profile has. For the exported file; the local server makes a fuller one. */
import { cpuS, waitS } from './cost';
import { lineFigures } from './figures';
import { insideLine } from './inside';
import type { MemoryView } from './memory';
import { shortPath } from './names';
import { bytes, percent, seconds } from './numbers';
import { sourceOf } from './source';
import type { FileIndex, Line } from './units';
import type { View } from './view';

const MOST_LINES = 160;

const named = (title: string, rows: { name: string; seconds: number }[]) =>
  (rows.length ? `${title}:\n${rows.map((r) => `- ${r.name}: ${seconds(r.seconds)}`).join('\n')}\n` : '');

export function lineIndexOf(v: View, file: FileIndex, line: Line): number {
  for (let i = 0; i < v.index.lineFile.length; i++) if (v.index.lineFile[i] === file && v.index.lineNumber[i] === line) return i;
  return -1;
}

export function makePrompt(v: View, m: MemoryView | null, file: FileIndex, line: Line): string {
  const p = v.profile;
  const source = sourceOf(p, file);
  const lines = source?.lines ?? [];
  let from = Math.max(1, line - 20);
  let to = Math.min(lines.length, line + 20);
  for (let r = source?.regionOfLine[line] ?? -1; r >= 0; r = source!.regions[r]!.parent) {
    const region = source!.regions[r]!;
    if (region.kind === 'function' && region.last - region.first < MOST_LINES) [from, to] = [region.first, region.last];
  }
  const at = new Map<number, number>();
  for (let i = 0; i < v.index.lineFile.length; i++) if (v.index.lineFile[i] === file) at.set(v.index.lineNumber[i]!, i);
  const listing = lines.slice(from - 1, to).map((text, i) => {
    const n = from + i;
    const f = lineFigures(v, m, at.get(n) ?? -1);
    const share = v.wholeS > 0 ? (cpuS(f.costs) + waitS(f.costs)) / v.wholeS : 0;
    const memory = f.memory?.allocBytes ? ` ${bytes(f.memory.allocBytes)}` : '';
    return `${n === line ? '>' : ' '}${String(n).padStart(5)} ${share >= 0.001 ? percent(share).padStart(7) : '       '}${memory} | ${text}`;
  }).join('\n');
  const index = at.get(line) ?? -1;
  const f = lineFigures(v, m, index);
  const inside = index >= 0 ? insideLine(v, index) : { callers: [], inner: [], waits: [] };
  const imports = lines.filter((l) => /^\s*(import|from)\s/.test(l)).slice(0, 30).join('\n');
  const [python, native, system] = [f.costs[0]!, f.costs[1]!, f.costs[2]!];
  return `You are an expert in the performance of Python programs. A profiler measured the program below. `
    + `Propose a change to line ${line} (or to the function around it) that makes it faster or leaner without changing what it does.\n\n`
    + `Program: ${p.run.command || p.run.program}\nInterpreter: ${p.processes[0]?.interpreter ?? ''} on ${p.run.platform}\n`
    + `Elapsed ${seconds(p.run.elapsedS)}; 100 % is ${seconds(v.wholeS)} of CPU time and waiting.\n\n`
    + `Line ${line} of ${shortPath(p, file)}: Python ${seconds(python)}, native ${seconds(native)}, system ${seconds(system)}, waiting ${seconds(waitS(f.costs))}`
    + (f.memory ? `; allocated ${bytes(f.memory.allocBytes)}, peak ${bytes(f.memory.peakBytes)}, net ${bytes(f.memory.netBytes)}, copied ${bytes(f.memory.copyBytes)}` : '')
    + (f.memory?.leak ? `; it leaks ${bytes(f.memory.leak.rate as number)} a second` : '') + '.\n'
    + named('Waits for', inside.waits) + named('Called from', inside.callers) + named('Runs inside it', inside.inner)
    + (imports ? `\nImports:\n${imports}\n` : '')
    + `\nShare of the time, bytes allocated | source (line ${line} is marked):\n${listing}\n\n`
    + 'Answer with: 1. a diagnosis in two sentences; 2. a unified diff against this file; 3. the expected effect, as a figure; 4. the risk.\n';
}
