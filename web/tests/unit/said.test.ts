/* Regions, marks, tasks and awaits: what the page shows equals what the C views
 * wrote beside the facts. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cpuS, GC, OTHER_WAIT, queueS, waitS } from '../../src/profile-logic/cost';
import { initialFilter } from '../../src/profile-logic/filter';
import { layOut, makeKeys, timeEntries, topDown } from '../../src/profile-logic/flame';
import { namedRegions } from '../../src/profile-logic/named-regions';
import { parseText, ProfileError } from '../../src/profile-logic/parse';
import { charging } from '../../src/profile-logic/scope';
import { awaitPlaces, tasksOf } from '../../src/profile-logic/tasks';
import { makeView } from '../../src/profile-logic/view';

const text = readFileSync(new URL('../fixtures/said.json', import.meta.url), 'utf8');
const written = JSON.parse(text);
const p = parseText(text);
const v = makeView(p, initialFilter(p));

it('has the regions with their figures', () => {
  const all = namedRegions(v);
  expect(all.map((r) => r.name)).toEqual(written.regions.map((r: { name: string }) => r.name));
  all.forEach((r, i) => {
    const w = written.regions[i];
    expect([r.count, r.nested, r.open, r.threads, r.processes]).toEqual([w.count, w.nested, w.open, w.threads, w.processes]);
    for (const [a, b] of [[r.totalS, w.total_s], [r.minS, w.min_s], [r.maxS, w.max_s], [r.firstS, w.first_s], [r.lastS, w.last_s],
      [cpuS(r.costs), w.cpu_python_s + w.cpu_native_s + w.cpu_system_s], [waitS(r.costs) + queueS(r.costs), w.wait_s],
      [r.costs[OTHER_WAIT], w.other_wait_s], [r.costs[GC], w.gc_s]]) expect(a).toBeCloseTo(b, 6);
  });
  expect(all.length).toBe(2);
  const thread = makeView(p, { ...v.filter, thread: 1 });
  expect(namedRegions(thread)[0]!.count).toBe(1);
});

it('has the marks, tasks and awaits', () => {
  expect(p.marks.map((m) => [m.text, m.atS.toFixed(6)])).toEqual(written.marks.map((m: { text: string; at_s: number }) => [m.text, m.at_s.toFixed(6)]));
  const tasks = tasksOf(p, v.filter);
  expect(tasks.map((i) => [p.tasks!.name[i], p.functions.name[p.tasks!.function[i]!], p.tasks!.peak[i]]))
    .toEqual(written.tasks.map((t: Record<string, unknown>) => [t.name, t.function, t.peak]));
  const places = awaitPlaces(p, v.filter);
  expect(places.map((a) => [p.functions.name[a.function], a.line, a.peak])).toEqual(written.awaits.map((a: Record<string, unknown>) => [a.function, a.lineno, a.peak]));
  places.forEach((a, i) => {
    const w = written.awaits[i];
    expect(a.awaitS).toBeCloseTo(w.await_s, 6);
    expect(a.waitS).toBeCloseTo(w.wait_s, 6);
    expect(a.mean).toBeCloseTo(w.mean, 6);
    expect(Object.fromEntries(a.on.map((o) => [o.name, o.s.toFixed(6)]))).toEqual(Object.fromEntries(Object.entries(w.on).map(([k, s]) => [k, (s as number).toFixed(6)])));
  });
});

it('shows regions as boxes of the flame graph, whatever else is hidden', () => {
  const keys = makeKeys(p, v.charging.fileIn, { library: 'hidden', native: false });
  const chart = layOut(topDown(p, keys, timeEntries(v)));
  const names = new Set(chart.tree.key.map((k) => keys.label(k)));
  expect(names).toContain('region load');
  expect(keys.family(chart.tree.key.find((k) => keys.label(k) === 'region parse')!)).toBe('region');
});

it('has decorated functions as its scope', () => {
  const json = JSON.parse(text);
  const parse = p.functions.name.findIndex((name, i) => name === 'parse' && p.files[p.functions.file[i]!]!.program);
  json.facts.selected = [parse];
  const q = parseText(JSON.stringify(json));
  const { functionIn, charged } = charging(q, initialFilter(q).scope);
  expect([...functionIn].filter(Boolean).length).toBe(1);
  expect(functionIn[parse]).toBe(1);
  for (const frame of charged) expect(frame < 0 || q.frames.function[frame] === parse).toBe(true);
  const all = charging(q, { ...initialFilter(q).scope, what: 'all' });
  expect([...all.functionIn].filter(Boolean).length).toBeGreaterThan(5);
});

it.each([
  ['facts.tasks.thread[0]', (f: Record<string, any>) => (f.tasks.thread[0] = 99)],
  ['facts.awaits.stack[0]', (f: Record<string, any>) => (f.awaits.stack[0] = 1e9)],
  ['facts.regions.name[0]', (f: Record<string, any>) => (f.regions.name[0] = -1)],
  ['facts.marks.at_s[0]', (f: Record<string, any>) => (f.marks.at_s[0] = 'soon')],
  ['facts.selected', (f: Record<string, any>) => (f.selected = [1e6])],
])('tells a damaged %s', (field, damage) => {
  const json = JSON.parse(text);
  damage(json.facts);
  expect(() => parseText(JSON.stringify(json))).toThrow(ProfileError);
  expect(() => parseText(JSON.stringify(json))).toThrow(field);
});
