/* What the page computes from the facts equals what the C view wrote beside them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allS, CPU_COUNT, cpuS, GC, OTHER_WAIT, queueS, STRIDE, waitS, type Costs } from '../../src/profile-logic/cost';
import { filesInScope } from '../../src/profile-logic/files';
import { initialFilter } from '../../src/profile-logic/filter';
import { KINDS } from '../../src/profile-logic/kinds';
import { makeMemoryView } from '../../src/profile-logic/memory';
import { parseText } from '../../src/profile-logic/parse';
import { hottestExpressions, makeView } from '../../src/profile-logic/view';

interface Written {
  cpu_python_s: number; cpu_native_s: number; cpu_system_s: number; gc_s: number; cpu_count: number;
  wait_s: number; wait: Record<string, number>; other_wait_s: number;
}

const FIXTURES = [...['orders', 'services'].map((n) => new URL(`../fixtures/${n}.json`, import.meta.url)),
  ...(process.env.SMP_PROFILES?.split(':') ?? [])];

/** Written figures are rounded to nanoseconds or so; sums add their rounding. */
const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-6 + 1e-6 * Math.abs(b));

function same(costs: Costs, row: number, w: Written): void {
  const at = row * STRIDE;
  near(costs[at]!, w.cpu_python_s);
  near(costs[at + 1]!, w.cpu_native_s);
  near(costs[at + 2]!, w.cpu_system_s);
  near(costs[at + GC]!, w.gc_s ?? 0);
  near(costs[at + CPU_COUNT]!, w.cpu_count ?? 0);
  if (w.wait === undefined) return;
  near(waitS(costs, row) + queueS(costs, row), w.wait_s);
  for (let k = 3; k < KINDS.length; k++) near(costs[at + k]!, w.wait[KINDS[k]!] ?? 0);
  near(costs[at + OTHER_WAIT]!, w.other_wait_s);
}

describe.each(FIXTURES.map(String))('%s', (url) => {
  const text = readFileSync(url.startsWith('file:') ? new URL(url) : url, 'utf8');
  const written = JSON.parse(text);
  const p = parseText(text);
  const v = makeView(p, initialFilter(p));

  it('has the whole', () => {
    near(v.wholeS, written.whole_s);
    same(v.total, 0, written);
    same(v.inScope, 0, written.in_scope);
    same(v.noPython, 0, written.no_python);
    expect(v.mainThread).toBe(written.main_thread ?? -1);
  });

  it('has every thread', () => {
    written.threads.forEach((t: Written & { wait?: unknown }, i: number) => {
      if (t.cpu_python_s !== undefined) same(v.threadCosts, i, { ...t, other_wait_s: 0 });
    });
  });

  it('has every file, line and function, in the same order', () => {
    const files = filesInScope(v, makeMemoryView(p, v.filter)).filter((f) => (100 * allS(f.costs)) / v.wholeS >= written.filter.cpu_percent_threshold);
    expect(files.map((f) => p.files[f.file]!.path)).toEqual(Object.keys(written.files));
    for (const f of files) {
      const w = written.files[p.files[f.file]!.path];
      same(f.costs, 0, w);
      const active = w.lines.filter((l: Written) => l.cpu_count || l.wait_s || l.other_wait_s); // others have memory alone
      const lines = f.lines.filter((l) => v.lineCosts.subarray(l * STRIDE, l * STRIDE + STRIDE).some((x) => x > 0));
      expect(lines.map((l) => v.index.lineNumber[l])).toEqual(active.map((l: { lineno: number }) => l.lineno));
      lines.forEach((l, i) => same(v.lineCosts, l, active[i]));
      expect(w.functions.length).toBeGreaterThan(0);
      for (const fn of w.functions) {
        const mine = f.functions.find((i) => p.functions.name[i] === fn.line && p.functions.firstLine[i] === fn.lineno)!;
        same(v.functionCosts, mine, fn);
        same(v.functionTotals, mine, fn.total);
      }
    }
  });

  it('finds the same expressions', () => {
    const found = hottestExpressions(v);
    let checked = 0;
    for (const f of filesInScope(v, null)) {
      const lines = written.files[p.files[f.file]!.path]?.lines ?? [];
      for (const w of lines) {
        const line = f.lines.find((l) => v.index.lineNumber[l] === w.lineno);
        if (!w.column || line === undefined || !cpuS(v.lineCosts, line)) continue;
        near(found.get(line)!.share, w.expression_share);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(0);
  });
});
