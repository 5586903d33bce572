/* Tables beside the source: regions and marks that the program names, and the tasks
 * of its event loops with the lines on which they waited. */
import { computed } from '@preact/signals';
import { cpuS, waitS } from '../profile-logic/cost';
import { namedRegions } from '../profile-logic/named-regions';
import { functionName, processName, shortPath, threadName } from '../profile-logic/names';
import { count, seconds } from '../profile-logic/numbers';
import { sourceOf } from '../profile-logic/source';
import { awaitPlaces, tasksOf } from '../profile-logic/tasks';
import { filter, goToLine, profile, set, showInFlame, url, view } from '../state/store';
import { StackBar } from './small';

const MOST_ROWS = 500;
const wanted = (...words: string[]): boolean => words.join('\n').toLowerCase().includes(url.value.search.toLowerCase());

const regions = computed(() => (view.value ? namedRegions(view.value) : []));
const tasks = computed(() => (profile.value && filter.value ? tasksOf(profile.value, filter.value) : []));
const places = computed(() => (profile.value && filter.value ? awaitPlaces(profile.value, filter.value) : []));

/** What there is of these, for the choice of rows. */
export const hasRegions = (): boolean => (profile.value?.regions?.length ?? 0) > 0 || (profile.value?.marks.length ?? 0) > 0;
export const hasTasks = (): boolean => (profile.value?.tasks?.length ?? 0) > 0;

function Place({ fn, line, name }: { fn: number; line: number; name?: string }) {
  const p = profile.value!;
  const file = p.functions.file[fn]!;
  const words = name ?? `${p.functions.name[fn]} (${shortPath(p, file)}:${line})`;
  if (!sourceOf(p, file) || !line) return <span class="mono">{words}</span>;
  return <button type="button" class="link mono" onClick={() => goToLine(file, line)}>{words}</button>;
}

function Cut({ of }: { of: number }) {
  return of > MOST_ROWS ? <p class="dim">The first {count(MOST_ROWS)} of {count(of)}; a search finds the others.</p> : null;
}

function RegionTable() {
  const rows = regions.value.filter((r) => wanted(r.name));
  const most = Math.max(1e-12, ...rows.map((r) => cpuS(r.costs) + waitS(r.costs)));
  if (!rows.length) return null;
  return (
    <section aria-label="Regions">
      <h2>{count(rows.length)} region{rows.length === 1 ? '' : 's'} that the program names</h2>
      <div class="wrap" tabIndex={0} role="region" aria-label="Regions">
        <table class="grid">
          <thead><tr><th>Region</th><th class="r" title="Wall clock from enter to exit, as the program measured it">Wall clock</th><th class="r">Entered</th><th class="r">Mean</th><th class="r">Shortest</th><th class="r">Longest</th>
            <th style={{ width: '20%' }} title="Of all that ran inside of it">Time inside</th><th class="r">CPU</th><th class="r">Waiting</th><th class="r">Threads</th></tr></thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((r) => (
              <tr key={r.name}>
                <td class="name">{r.function >= 0 ? <button type="button" class="link" title="Its flame graph" onClick={() => showInFlame(r.function)}>{r.name}</button> : r.name}{r.open > 0 && <span class="dim"> {count(r.open)} not left</span>}</td>
                <td class="r">{seconds(r.totalS)}</td>
                <td class="r">{count(r.count)}{r.nested > 0 && <span class="dim" title="inside of itself"> ({count(r.nested)} nested)</span>}</td>
                <td class="r">{r.count > r.nested ? seconds(r.totalS / (r.count - r.nested)) : ''}</td>
                <td class="r">{r.minS > 0 ? seconds(r.minS) : ''}</td><td class="r">{r.maxS > 0 ? seconds(r.maxS) : ''}</td>
                <td><StackBar costs={r.costs} whole={most} /></td>
                <td class="r">{seconds(cpuS(r.costs))}</td><td class="r">{seconds(waitS(r.costs))}</td>
                <td class="r">{count(r.threads)}{r.processes > 1 && <span class="dim"> in {count(r.processes)} processes</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Cut of={rows.length} />
    </section>
  );
}

function MarkTable() {
  const p = profile.value!;
  const rows = p.marks.filter((m) => wanted(m.text));
  if (!rows.length) return null;
  return (
    <section aria-label="Marks">
      <h2>{count(rows.length)} mark{rows.length === 1 ? '' : 's'}</h2>
      <div class="wrap" tabIndex={0} role="region" aria-label="Marks">
        <table class="grid">
          <thead><tr><th class="r" style={{ width: '90px' }}>At</th><th>Mark</th><th>Thread</th><th /></tr></thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((m, i) => {
              const next = p.marks.find((it) => it.atS > m.atS)?.atS ?? p.run.elapsedS;
              return (
                <tr key={i}>
                  <td class="r">{seconds(m.atS)}</td><td class="name">{m.text}</td>
                  <td class="dim">{m.thread >= 0 ? threadName(p, m.thread) : ''}{m.process >= 0 && p.processes.length > 1 ? ` of ${p.processes[m.process]!.pid} ${processName(p, m.process)}` : ''}</td>
                  <td class="r">{next > m.atS && <button type="button" onClick={() => set({ from: m.atS, to: next })}>Show until the next</button>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <Cut of={rows.length} />
    </section>
  );
}

export function RegionView() {
  return (
    <>
      <RegionTable />
      <MarkTable />
      {!regions.value.length && !profile.value!.marks.length && <p class="empty">The program named no region and noted no mark.</p>}
    </>
  );
}

export function TaskView() {
  const p = profile.value!;
  const t = p.tasks;
  if (!t) return <p class="empty">The program ran no tasks of asyncio.</p>;
  const lines = places.value.filter((a) => wanted(functionName(p, a.function)));
  const rows = tasks.value.filter((i) => wanted(t.name[i]!, functionName(p, t.function[i]!)));
  return (
    <>
      <p class="dim" style={{ padding: '6px 0' }}>Awaited: how long tasks were suspended while their loop was idle, summed over tasks. Waiting: their share of the loop's own time, a part of what 100 % is of. A time range does not touch these.</p>
      <section aria-label="Awaits">
        <h2>Lines that tasks waited on</h2>
        <div class="wrap" tabIndex={0} role="region" aria-label="Awaits">
          <table class="grid">
            <thead><tr><th>Line</th><th class="r">Awaited</th><th class="r">Waiting</th><th class="r" title="Coroutines on this line at a time while there was one">At a time</th><th class="r">At most</th><th>For</th></tr></thead>
            <tbody>
              {lines.slice(0, MOST_ROWS).map((a) => (
                <tr key={`${a.function} ${a.line}`}>
                  <td class="name"><Place fn={a.function} line={a.line} /></td>
                  <td class="r">{seconds(a.awaitS)}</td><td class="r">{seconds(a.waitS)}</td>
                  <td class="r">{a.mean > 0 ? a.mean.toFixed(1) : ''}</td><td class="r">{a.peak || ''}</td>
                  <td>{a.on.map((o) => `${o.name} ${seconds(o.s)}`).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Cut of={lines.length} />
      </section>
      <section aria-label="Tasks">
        <h2>{count(rows.length)} kind{rows.length === 1 ? '' : 's'} of tasks</h2>
        <div class="wrap" tabIndex={0} role="region" aria-label="Tasks">
          <table class="grid">
            <thead><tr><th>Task</th><th>Coroutine</th><th class="r">Awaited</th><th class="r">Waiting</th><th class="r">CPU</th><th class="r" title="Suspended at one time">At most</th><th>Loop of</th></tr></thead>
            <tbody>
              {rows.slice(0, MOST_ROWS).map((i) => (
                <tr key={i}>
                  <td class="name">{t.name[i] || <span class="dim">without a name</span>}</td>
                  <td class="name"><Place fn={t.function[i]!} line={p.functions.firstLine[t.function[i]!]!} name={functionName(p, t.function[i]!)} /></td>
                  <td class="r">{seconds(t.awaitS[i]!)}</td><td class="r">{seconds(t.waitS[i]!)}</td><td class="r">{t.cpuS[i]! >= 0 ? seconds(t.cpuS[i]!) : ''}</td>
                  <td class="r">{t.peak[i]}</td><td class="dim">{threadName(p, t.thread[i]!)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Cut of={rows.length} />
      </section>
    </>
  );
}
