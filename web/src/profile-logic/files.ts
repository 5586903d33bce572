/* Files in scope: their lines and functions, most time first. */
import { addCost, allS, costRow, cpuS, type Costs, newCosts } from './cost';
import type { MemoryView } from './memory';
import type { FileIndex, FunctionIndex } from './units';
import type { View } from './view';

export interface FileCost {
  file: FileIndex;
  costs: Costs;
  /** Bytes: 0 where memory was not measured. */
  allocBytes: number;
  /** Rows of the index's lines that have something, by line number. */
  lines: number[];
  functions: FunctionIndex[];
}

function hasSomething(v: View, m: MemoryView | null, line: number): boolean {
  return allS(v.lineCosts, line) > 0 || costRow(v.lineCosts, line).some((x) => x > 0)
    || (m !== null && m.lines.has(line));
}

export function filesInScope(v: View, m: MemoryView | null): FileCost[] {
  const files = new Map<FileIndex, FileCost>();
  const of = (file: FileIndex): FileCost => {
    let it = files.get(file);
    if (!it) files.set(file, (it = { file, costs: newCosts(1), allocBytes: 0, lines: [], functions: [] }));
    return it;
  };
  const { index, profile: p } = v;
  for (let line = 0; line < index.lineFile.length; line++) {
    const file = index.lineFile[line]!;
    if (!v.charging.fileIn[file] || !hasSomething(v, m, line)) continue;
    const it = of(file);
    it.lines.push(line);
    addCost(it.costs, 0, v.lineCosts, line);
    it.allocBytes += m?.lines.get(line)?.allocBytes ?? 0;
  }
  for (let i = 0; i < p.functions.length; i++) {
    const file = p.functions.file[i]!;
    if (!v.charging.functionIn[i]) continue;
    if (allS(v.functionTotals, i) > 0 || cpuS(v.functionTotals, i) > 0 || m?.functions.has(i)) of(file).functions.push(i);
  }
  for (const it of files.values()) {
    it.lines.sort((a, b) => index.lineNumber[a]! - index.lineNumber[b]!);
    it.functions.sort((a, b) => allS(v.functionCosts, b) - allS(v.functionCosts, a)
      || allS(v.functionTotals, b) - allS(v.functionTotals, a) || a - b);
  }
  return [...files.values()].sort((a, b) => allS(b.costs) - allS(a.costs) || b.allocBytes - a.allocBytes || a.file - b.file);
}
