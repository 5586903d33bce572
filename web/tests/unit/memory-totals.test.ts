/* Memory: what the page computes equals what the C view wrote beside the facts. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { memoryOfLines } from '../../src/profile-logic/figures';
import { initialFilter } from '../../src/profile-logic/filter';
import { makeMemoryView, type MemoryCost } from '../../src/profile-logic/memory';
import { parseText } from '../../src/profile-logic/parse';
import { makeView } from '../../src/profile-logic/view';

const FIXTURES = [new URL('../fixtures/memory.json', import.meta.url).pathname,
  ...(process.env.SMP_MEMORY_PROFILES?.split(':') ?? [])];

const FIELDS = {
  alloc_bytes: 'allocBytes', alloc_count: 'allocCount', python_alloc_bytes: 'pythonBytes', live_bytes: 'liveBytes',
  net_bytes: 'netBytes', peak_bytes: 'peakBytes', at_peak_bytes: 'atPeakBytes', avg_bytes: 'avgBytes', copy_bytes: 'copyBytes',
  largest_bytes: 'largest',
} as const;

function same(what: string, m: MemoryCost | undefined, w: Record<string, number>, leave: readonly string[] = []): void {
  for (const [theirs, mine] of Object.entries(FIELDS)) {
    if (w[theirs] === undefined || leave.includes(theirs)) continue;
    const got = m?.[mine] ?? 0;
    expect(Math.abs(got - w[theirs]!), `${what} ${theirs}: ${got} is not ${w[theirs]}`).toBeLessThanOrEqual(2 + 1e-6 * Math.abs(w[theirs]!));
  }
}

it.each(FIXTURES)('%s', (path) => {
  const text = readFileSync(path, 'utf8');
  const written = JSON.parse(text);
  const p = parseText(text);
  const f = initialFilter(p);
  const v = makeView(p, f);
  const m = makeMemoryView(p, f)!;
  // The whole's peak is the recorder's own where that is known, not that of bins.
  same('the whole', m.total, written, ['peak_bytes']);
  let lines = 0;
  let leaks = 0;
  for (const [file, w] of Object.entries(written.files) as [string, { lines: Record<string, number>[]; functions: (Record<string, number> & { line: string })[]; leaks: Record<string, { bytes_per_s?: number; velocity_mb_s: number }> }][]) {
    for (const line of w.lines) {
      const index = [...m.lines.keys()].find((l) => v.index.lineNumber[l] === line.lineno && p.files[v.index.lineFile[l]!]!.path === file);
      if (!line.alloc_bytes && index === undefined) continue;
      same(`line ${line.lineno}`, index === undefined ? undefined : m.lines.get(index), line);
      const leak = w.leaks?.[String(line.lineno)];
      expect(!!(index !== undefined && m.lines.get(index)!.leak), `leak of line ${line.lineno}`).toBe(!!leak);
      if (leak) {
        leaks++;
        expect(m.lines.get(index!)!.leak!.rate / 2 ** 20).toBeCloseTo(leak.velocity_mb_s, 3);
      }
      lines++;
    }
    for (const fn of w.functions) {
      const i = p.functions.name.findIndex((name, k) => name === fn.line && p.functions.firstLine[k] === fn.lineno && p.files[p.functions.file[k]!]!.path === file);
      same(`function ${fn.line}`, m.functions.get(i), fn);
    }
  }
  expect(lines).toBeGreaterThan(0);
  expect(leaks).toBe((written.leaks ?? []).length);
});

it('no part has more than the peak that the recorder saw', () => {
  const p = parseText(readFileSync(FIXTURES[0]!, 'utf8'));
  p.memory!.peak /= 2; // as where sites had their most at different moments of one bin
  const m = makeMemoryView(p, initialFilter(p))!;
  const file = memoryOfLines(m, [...m.lines.keys()])!;
  const parts = [file, m!.total, ...m!.lines.values(), ...m!.functions.values()];
  expect(Math.max(...parts.map((it) => it.peakBytes))).toBe(p.memory!.peak);
});
