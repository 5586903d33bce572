/* A row a line of code that has something. */
import { COLUMNS, lineFigures } from '../profile-logic/figures';
import type { FileCost } from '../profile-logic/files';
import type { MemoryView } from '../profile-logic/memory';
import { sourceOf } from '../profile-logic/source';
import type { View } from '../profile-logic/view';

/** A cell that begins like a formula is not to become one in a spreadsheet. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const NAMES: Record<string, string> = {
  time: 'time_s', total: 'total_s', python: 'cpu_python_s', native: 'cpu_native_s', system: 'cpu_system_s',
  wait: 'wait_s', otherWait: 'other_wait_s', samples: 'cpu_count', alloc: 'alloc_bytes', avg: 'avg_bytes',
  peak: 'peak_bytes', net: 'net_bytes', leak: 'leak_bytes_per_s', pythonShare: 'python_share', copy: 'copy_bytes',
};
const MEMORY = new Set(['alloc', 'avg', 'peak', 'net', 'leak', 'pythonShare', 'copy']);

export function toCsv(v: View, m: MemoryView | null, files: readonly FileCost[]): string {
  const columns = COLUMNS.filter((c) => m || !MEMORY.has(c.id));
  const out = [['file', 'line', ...columns.map((c) => NAMES[c.id]!), 'source'].join(',')];
  for (const f of files) {
    const source = sourceOf(v.profile, f.file);
    for (const index of f.lines) {
      const line = v.index.lineNumber[index]!;
      const figures = lineFigures(v, m, index);
      out.push([
        cell(v.profile.files[f.file]!.path), String(line),
        ...columns.map((c) => String(Number(c.value(figures).toPrecision(9)))),
        cell(source?.lines[line - 1]?.trim() ?? ''),
      ].join(','));
    }
  }
  return `${out.join('\n')}\n`;
}
