/* The data layer against truths that are known beforehand. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toCollapsed } from '../../src/export/collapsed';
import { toCsv } from '../../src/export/csv';
import { pprofMessage } from '../../src/export/pprof';
import { compare } from '../../src/profile-logic/compare';
import { allS, shareInterval } from '../../src/profile-logic/cost';
import { editorLink, isSafeTemplate } from '../../src/profile-logic/editor';
import { filesInScope } from '../../src/profile-logic/files';
import { fileInScope, initialFilter } from '../../src/profile-logic/filter';
import { bottomUp, layOut, makeKeys, sandwich, timeEntries, topDown } from '../../src/profile-logic/flame';
import { judge, trend } from '../../src/profile-logic/leaks';
import { makeMemoryView } from '../../src/profile-logic/memory';
import { bytes, counted, percent, seconds } from '../../src/profile-logic/numbers';
import { parseProfile, parseText } from '../../src/profile-logic/parse';
import { makePrompt } from '../../src/profile-logic/prompt';
import { regionCosts } from '../../src/profile-logic/region-costs';
import { findRegions } from '../../src/profile-logic/regions';
import { makeRows, type RowChoice } from '../../src/profile-logic/rows';
import { timeOrder } from '../../src/profile-logic/time-order';
import { makeTimeline } from '../../src/profile-logic/timeline';
import { columnToIndex, lineStates, splitLines, tokenize } from '../../src/profile-logic/tokens';
import { DEFAULTS, readHash, writeHash } from '../../src/profile-logic/url-state';
import { makeView } from '../../src/profile-logic/view';
import { makeProfile } from '../support/make-profile';

const MIB = 1 << 20;

describe('a brush', () => {
  /** The same profile with its samples in a random order, and what they say apart. */
  const made = makeProfile({ lines: 200, active: 40, samples: 4000, stacks: 300, seconds: 8 });
  const p = parseProfile(made);
  const shuffled = (() => {
    const facts = structuredClone(made.facts) as { samples: Record<string, number[]> };
    const order = facts.samples.thread!.map((_, i) => i).sort((a, b) => ((a * 7919) % 4000) - ((b * 7919) % 4000));
    for (const [key, column] of Object.entries(facts.samples)) facts.samples[key] = order.map((i) => column[i]!);
    return parseProfile({ ...made, facts });
  })();

  it('counts the samples of its bins and no others, in whatever order they stand', () => {
    for (const [fromS, toS] of [[0, null], [2, 5], [3.003, 3.004], [7.9, 100]] as const) {
      const f = { ...initialFilter(p), fromS, toS };
      const { bin, seconds: s, kind, thread } = p.samples;
      let truth = 0;
      for (let i = 0; i < p.samples.length; i++) {
        const middle = (bin[i]! + 0.5) * p.binS;
        if (middle < fromS || (toS !== null && middle >= toS)) continue;
        if (kind[i]! < 3 || (thread[i] === 0 && kind[i] !== 8)) truth += s[i]!;
      }
      expect(makeView(p, f).wholeS).toBeCloseTo(truth, 9);
      expect(makeView(shuffled, f).wholeS).toBeCloseTo(truth, 9);
    }
  });

  it('draws the same picture in the order of time', () => {
    const f = initialFilter(p);
    const boxes = (it: typeof p) => {
      const c = timeOrder(it, f, makeKeys(it, makeView(it, f).charging.fileIn, { library: 'open', native: true }), 0);
      return [c.layers.length, c.tree.total[0], c.layers.reduce((n, l) => n + l.node.length, 0)];
    };
    const [layers, total, count] = boxes(p);
    const other = boxes(shuffled);
    expect(other[0]).toBe(layers);
    expect(other[1]).toBeCloseTo(total!, 9);
    expect(count).toBeGreaterThan(1000);
  });
});
const services = parseText(readFileSync(new URL('../fixtures/services.json', import.meta.url), 'utf8'));
const made = parseProfile(makeProfile({ lines: 400, active: 60, samples: 4000, stacks: 500, memory: true }));
const whole = makeView(services, initialFilter(services));
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0);

describe('time', () => {
  it('adds up over parts of the time', () => {
    const f = initialFilter(services);
    const cut = services.run.elapsedS / 3;
    const parts = [makeView(services, { ...f, toS: cut }), makeView(services, { ...f, fromS: cut })];
    expect(sum(parts.map((v) => v.wholeS))).toBeCloseTo(whole.wholeS, 9);
    expect(parts[0]!.wholeS).toBeGreaterThan(0);
  });

  it('adds up over processes, but for their main threads', () => {
    const f = initialFilter(services);
    const cpu = (v: typeof whole) => v.total[0]! + v.total[1]! + v.total[2]!;
    expect(sum(services.processes.map((_, process) => cpu(makeView(services, { ...f, process }))))).toBeCloseTo(cpu(whole), 9);
  });

  it('has all of it in the timeline', () => {
    const t = makeTimeline(services, initialFilter(services), 50);
    const cpu = whole.total[0]! + whole.total[1]! + whole.total[2]!;
    const width = (i: number) => Math.min(t.stepS, services.run.elapsedS - t.starts[i]!);
    expect(sum(t.busy.flatMap((row) => Array.from(row, (x, i) => x * Math.max(services.binS, width(i)))))).toBeCloseTo(cpu, 6);
  });

  it('scopes files by path, exclusion and folder', () => {
    const scope = { what: 'program' as const, only: [], exclude: [], programPath: '' };
    const main = services.files.findIndex((f) => f.path.endsWith('services.py'));
    const library = services.files.findIndex((f) => f.path.includes('/json/'));
    expect(fileInScope(services, main, scope)).toBe(true);
    expect(fileInScope(services, library, scope)).toBe(false);
    expect(fileInScope(services, library, { ...scope, only: ['json'] })).toBe(true);
    expect(fileInScope(services, main, { ...scope, exclude: ['services'] })).toBe(false);
    expect(fileInScope(services, main, { ...scope, programPath: '/home/u' })).toBe(true);
    expect(fileInScope(services, main, { ...scope, programPath: '/home/us' })).toBe(false);
  });

  it('knows how sure a share is (Wilson)', () => {
    expect(shareInterval(0.5, 100).low).toBeCloseTo(0.4038, 3);
    expect(shareInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(0.2775, 3) });
    expect(shareInterval(0.3, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('flame graphs', () => {
  const choices = [{ library: 'open', native: true }, { library: 'collapsed', native: true }, { library: 'hidden', native: false }] as const;
  const entries = timeEntries(whole);
  it.each(choices)('keep the sum, in every order (%j)', (choice) => {
    const keys = makeKeys(services, whole.charging.fileIn, choice);
    for (const tree of [topDown(services, keys, entries), bottomUp(services, keys, entries)]) {
      expect(tree.total[0]).toBeCloseTo(whole.wholeS, 9);
      const chart = layOut(tree);
      for (const layer of chart.layers) {
        for (let i = 1; i < layer.from.length; i++) expect(layer.from[i]).toBeGreaterThanOrEqual(layer.to[i - 1]! - 1e-9);
      }
    }
  });

  it('agree with the functions’ totals in the sandwich', () => {
    const keys = makeKeys(services, whole.charging.fileIn, { library: 'open', native: true });
    let checked = 0;
    for (let fn = 0; fn < services.functions.length; fn++) {
      const total = allS(whole.functionTotals, fn);
      if (total <= 0) continue;
      const { callers, callees } = sandwich(services, keys, entries, fn);
      expect(callees.total[0]).toBeCloseTo(total, 9);
      expect(callers.total[0]).toBeCloseTo(total, 9);
      checked++;
    }
    expect(checked).toBeGreaterThan(20);
  });

  it('lay a thread’s time out without overlap', () => {
    const keys = makeKeys(services, whole.charging.fileIn, { library: 'open', native: true });
    const chart = timeOrder(services, initialFilter(services), keys, whole.mainThread);
    const [root] = chart.layers;
    for (const layer of chart.layers) {
      for (let i = 0; i < layer.from.length; i++) {
        expect(layer.to[i]!).toBeGreaterThanOrEqual(layer.from[i]!);
        if (i) expect(layer.from[i]!).toBeGreaterThanOrEqual(layer.to[i - 1]! - 1e-9);
      }
    }
    const covered = sum(root!.to) - sum(root!.from);
    expect(covered).toBeGreaterThan(services.run.elapsedS * 0.9);
    expect(covered).toBeLessThanOrEqual(services.run.elapsedS + 1e-6);
  });
});

describe('memory', () => {
  const v = makeView(made, initialFilter(made));
  const m = makeMemoryView(made, initialFilter(made))!;
  const lineOfStack = (s: number) => v.index.lineOfFrame[v.charging.charged[s]!]!;

  it('adds allocations up', () => {
    expect(m.total.allocBytes).toBeCloseTo(sum(made.memory!.allocations.bytes), 0);
    expect(m.total.atPeakBytes).toBeCloseTo(64 * MIB + 2 * MIB * 40 * 0.6, 0);
    expect(m.total.copyBytes).toBe(380 * MIB);
  });

  it('finds the leak and its rate, and no other', () => {
    const leaks = [...m.lines].filter(([, it]) => it.leak);
    expect(leaks.map(([line]) => line)).toEqual([lineOfStack(1)]);
    const { rate, low, high } = leaks[0]![1].leak!;
    expect(rate / MIB).toBeCloseTo(2, 1);
    expect(low).toBeLessThan(rate);
    expect(high).toBeGreaterThan(rate);
  });

  it('knows when what was held is gone', () => {
    const held = (from: number, to: number) =>
      makeMemoryView(made, { ...initialFilter(made), fromS: from, toS: to })!.lines.get(lineOfStack(2))?.peakBytes ?? 0;
    expect(held(15, 20)).toBeGreaterThanOrEqual(64 * MIB);
    expect(held(30, 35)).toBeLessThan(20 * MIB);
  });

  it('judges like the rule says', () => {
    const life = (born: number, died: number) => ({ born, died, bytes: MIB, variance: 0, samples: 1 });
    const at = Array.from({ length: 40 }, (_, i) => i + 0.5);
    expect(judge(at.map((s) => life(s, Infinity)), 0, 40)!.rate / MIB).toBeCloseTo(1, 1);
    expect(judge(at.map((s) => life(s, s + 4)), 0, 40)).toBeNull(); // churn
    expect(judge(at.slice(0, 8).map((s) => life(s, Infinity)), 0, 40)).toBeNull(); // start-up
    expect(judge(at.map((s) => life(s, Math.ceil(s / 10) * 10)), 0, 40)).toBeNull(); // sawtooth
    const filled = Array.from({ length: 140 }, (_, i) => life((i + 0.5) / 5, Infinity)); // two thirds of the time
    expect(judge(filled, 0, 40)).toBeNull();
    expect(judge(filled, 0, 40, 28)).not.toBeNull(); // it did nothing else from then on
    expect(trend([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBeGreaterThan(3);
    expect(trend([5, 5, 5, 5, 5, 5, 5, 5, 5, 5])).toBe(0);
  });
});

describe('source', () => {
  const text = 'import os\n\ndef f(a,\n      b):\n    """A\n  for x in y:\n    """\n    for i in a:\n        while b:\n            b -= 1\n        # gone\n    return i\n\nclass C:\n    def g(self): return [x for x in\n        self]\n';
  const lines = splitLines(text);
  const states = lineStates(lines);

  it('finds regions by indentation, not in strings', () => {
    const { regions, regionOfLine } = findRegions(lines, states);
    expect(regions.map((r) => [r.kind, r.name, r.first, r.last, r.level])).toEqual([
      ['function', 'f', 3, 12, 0], ['loop', 'for i in a', 8, 10, 1], ['loop', 'while b', 9, 10, 2],
      ['class', 'C', 14, 16, 0], ['function', 'g', 15, 16, 1],
    ]);
    expect(regions[regionOfLine[10]!]!.name).toBe('while b');
    expect(regions[regionOfLine[12]!]!.name).toBe('f');
    expect(regionOfLine[13]).toBe(-1);
  });

  it('takes what stands in brackets for one line', () => {
    const text = splitLines('x = [\n    y\n    for y in z\n    if y\n]\nfor a in x:\n    f(a,\nb)\n');
    const { regions } = findRegions(text, lineStates(text));
    expect(regions.map((r) => [r.name, r.first, r.last])).toEqual([['for a in x', 6, 8]]);
  });

  it('colours tokens without gaps', () => {
    expect(states[5]).toBe('"""');
    lines.forEach((line, i) => {
      const tokens = tokenize(line, states[i]!);
      expect(tokens.map((t) => line.slice(t.start, t.end)).join('')).toBe(line);
    });
    const kinds = tokenize('@dec  # c', '').map((t) => t.kind);
    expect(kinds).toEqual(['decorator', 'plain', 'comment']);
    expect(tokenize('def été(x=0x1F, *, y="é"):', '').filter((t) => t.kind !== 'plain').map((t) => t.kind)).toEqual(['keyword', 'definition', 'number', 'string']);
  });

  it('counts columns in bytes of UTF-8', () => {
    expect(columnToIndex('é = 1', 1)).toBe(0);
    expect(columnToIndex('é = 1', 6)).toBe(4);
    expect(columnToIndex('𝒳y', 5)).toBe(2);
  });

  it('says what a loop costs with all that it calls', () => {
    const loops = regionCosts(whole).filter((r) => r.region.kind === 'loop');
    const main = loops.find((r) => r.region.name === 'for _ in range(4)')!;
    expect(allS(main.total)).toBeGreaterThan(allS(main.self));
    const fn = services.functions.name.indexOf('main');
    expect(allS(main.total)).toBeLessThanOrEqual(allS(whole.functionTotals, fn) + 1e-9);
  });

  it('folds quiet lines, and shows every one when asked', () => {
    const choice: RowChoice = { grain: 'lines', sort: null, descending: true, threshold: 0.01, opened: new Set(), whole: new Set(), closed: new Set(), search: '' };
    const v = makeView(made, initialFilter(made));
    const files = filesInScope(v, null);
    const folded = makeRows(v, null, files, choice);
    const covered = folded.reduce((n, r) => n + (r.kind === 'line' ? 1 : r.kind === 'fold' ? r.to - r.from + 1 : 0), 0);
    expect(covered).toBe(400);
    expect(folded.some((r) => r.kind === 'fold')).toBe(true);
    const all = makeRows(v, null, files, { ...choice, whole: new Set([0]) });
    expect(all.filter((r) => r.kind === 'line').length).toBe(400);
  });
});

describe('comparison', () => {
  it('of a profile with itself is noise', () => {
    const side = { view: whole, memory: null };
    for (const grain of ['lines', 'functions', 'stacks'] as const) {
      const rows = compare(side, side, grain);
      expect(rows.length).toBeGreaterThan(3);
      expect(rows.every((d) => d.noise && d.after === d.before)).toBe(true);
    }
  });

  it('tells a change from what sampling makes', () => {
    const at = (factor: number) => {
      const json = JSON.parse(readFileSync(new URL('../fixtures/services.json', import.meta.url), 'utf8'));
      json.facts.samples.seconds = json.facts.samples.seconds.map((s: number) => s * factor);
      const p = parseProfile(json);
      return compare({ view: whole, memory: null }, { view: makeView(p, initialFilter(p)), memory: null }, 'functions');
    };
    const digest = (factor: number) => at(factor).find((d) => d.name === 'digest')!;
    expect(digest(1.05)).toMatchObject({ noise: true }); // 47 samples: ±29 % of it
    expect(digest(3)).toMatchObject({ noise: false });
    expect(digest(0.3)).toMatchObject({ noise: false });
    expect(at(3)[0]!.noise).toBe(false);
  });

  it('finds a line again that moved', () => {
    const json = JSON.parse(readFileSync(new URL('../fixtures/services.json', import.meta.url), 'utf8'));
    const file = json.facts.files.find((f: { source?: string }) => f.source?.includes('def parse'));
    file.source = `# one more line\n${file.source}`;
    json.facts.frames.line = json.facts.frames.line.map((l: number, i: number) =>
      (json.facts.files[json.facts.functions.file[json.facts.frames.function[i]]] === file ? l + 1 : l));
    const p = parseProfile(json);
    const rows = compare({ view: whole, memory: null }, { view: makeView(p, initialFilter(p)), memory: null }, 'lines');
    expect(rows.every((d) => d.noise)).toBe(true);
  });
});

describe('exports and links', () => {
  const f = initialFilter(services);
  it('collapsed and pprof hold all the time', () => {
    const all = sum(services.samples.seconds);
    const us = toCollapsed(services, f).trim().split('\n').map((l) => Number(/ (\d+)$/.exec(l)![1]));
    expect(sum(us) / 1e6).toBeCloseTo(all, 3);
    expect(pprofMessage(services, f).length).toBeGreaterThan(1000);
  });

  it('CSV cells are no formulas', () => {
    const json = makeProfile({ lines: 60, active: 10, samples: 200, stacks: 30, seconds: 2 });
    (json.facts as { files: { source: string }[] }).files[0]!.source = '=cmd()|"a"\n'.repeat(60);
    const p = parseProfile(json);
    const v = makeView(p, initialFilter(p));
    const rows = toCsv(v, null, filesInScope(v, null)).trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row).toMatch(/,"'=cmd\(\)\|""a"""$/);
  });

  it('the address holds the state', () => {
    const state = { ...DEFAULTS, view: 'flame' as const, from: 1.25, file: '/a b/ü.py', line: 7, cpu: true, search: 'x&y=z#' };
    expect(readHash(writeHash(state))).toEqual(state);
    expect(writeHash(DEFAULTS)).toBe('');
    expect(readHash('#view=evil&from=-1&to=NaN&line=x&__proto__=1')).toEqual(DEFAULTS);
  });

  it('editors are no way to run script', () => {
    expect(editorLink('vscode://file{path}:{line}:{column}', '/a b/x.py', 3)).toBe('vscode://file/a%20b/x.py:3:1');
    expect(editorLink('vscode://file{path}', 'javascript:alert(1)', 3)).toBeNull();
    for (const bad of ['javascript://{path}', 'data://{path}', 'https://evil.invalid/{path}', '{path}']) expect(isSafeTemplate(bad)).toBe(false);
  });

  it('the prompt has the evidence', () => {
    const file = services.files.findIndex((it) => it.path.endsWith('services.py'));
    const text = makePrompt(whole, null, file, 11);
    for (const part of ['h = hashlib.sha256(data + h).digest()', 'Called from', 'main (services.py:38)', 'import json, hashlib', 'CPython 3.11', 'unified diff']) expect(text).toContain(part);
  });

  it('numbers read well', () => {
    expect([0, 4e-6, 0.0123, 1.5, 75, 754, 7300].map(seconds)).toEqual(['0', '4.00 µs', '12.3 ms', '1.50 s', '75.0 s', '12 m 34 s', '2 h 02 m']);
    expect([0, 512, 1536, 3 * MIB, 1e12].map(bytes)).toEqual(['0 B', '512 B', '1.50 KiB', '3.00 MiB', '931 GiB']);
    expect([0, 0.0001, 0.0123, 1].map(percent)).toEqual(['0 %', '<0.1 %', '1.2 %', '100 %']);
  });
});

describe('numbers', () => {
  it('says how many of what', () => {
    expect([0, 1, 1200].map((n) => counted(n, 'row', 'rows'))).toEqual(['0 rows', '1 row', '1,200 rows']);
  });
});
