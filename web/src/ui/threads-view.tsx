/* Processes as a tree, their threads, and what each waited for. */
import { computed, signal } from '@preact/signals';
import { addCost, costRow, cpuS, newCosts, queueS, waitS } from '../profile-logic/cost';
import { CPU_KINDS, KIND_COUNT, KIND_WORDS, QUEUE } from '../profile-logic/kinds';
import { frameName, processName, threadName } from '../profile-logic/names';
import { bytes, count, seconds } from '../profile-logic/numbers';
import { NONE } from '../profile-logic/units';
import { filter, profile, set, url, view } from '../state/store';
import { Bars } from './filter-bar';
import { StackBar } from './small';
import { Strip } from './strip';

const MOST_ROWS = 300;
const all = signal(false);

interface ProcessRow { process: number; level: number }

/** Parents before children, each below its own. */
const tree = computed<ProcessRow[]>(() => {
  const p = profile.value!;
  const children = new Map<number, number[]>();
  p.processes.forEach((it, i) => children.set(it.parent, [...(children.get(it.parent) ?? []), i]));
  const out: ProcessRow[] = [];
  const todo = (children.get(NONE) ?? []).map((process) => ({ process, level: 0 })).reverse();
  while (todo.length) {
    const row = todo.pop()!;
    out.push(row);
    for (const child of (children.get(row.process) ?? []).slice().reverse()) todo.push({ process: child, level: row.level + 1 });
  }
  return out;
});

/** CPU of a process's threads; waiting of its main thread. */
const costsOfProcesses = computed(() => {
  const v = view.value!;
  const costs = newCosts(v.profile.processes.length);
  v.profile.threads.forEach((t, i) => {
    const one = costRow(v.threadCosts, i).slice();
    if (!t.main) one.fill(0, CPU_KINDS, KIND_COUNT);
    addCost(costs, t.process, one, 0);
  });
  return costs;
});

function ending(it: { running: boolean; exitStatus: number | null }): string {
  if (it.running) return 'running';
  return it.exitStatus === null ? '' : it.exitStatus < 0 ? `signal ${-it.exitStatus}` : it.exitStatus ? `exit ${it.exitStatus}` : '';
}

function Processes() {
  const p = profile.value!;
  const costs = costsOfProcesses.value;
  const most = Math.max(...p.processes.map((_, i) => cpuS(costs, i)), 1e-12);
  const rows = all.value ? tree.value : tree.value.slice(0, MOST_ROWS);
  const hasMemory = p.processes.some((it) => it.peakRss > 0);
  return (
    <section aria-label="Processes">
      <h2>{count(p.processes.length)} process{p.processes.length === 1 ? '' : 'es'}</h2>
      <div class="wrap" tabIndex={0} role="region" aria-label="Processes">
        <table class="grid">
          <thead><tr><th>Process</th><th style={{ width: '22%' }}>CPU time</th><th class="r">CPU</th><th class="r">Waiting</th>{hasMemory && <th class="r">Peak resident</th>}<th>Lived</th><th>State</th></tr></thead>
          <tbody>
            {rows.map(({ process, level }) => {
              const it = p.processes[process]!;
              const on = url.value.process === process + 1;
              return (
                <tr key={process} class={on ? 'on' : ''}>
                  <td class="name" title={it.command}><span style={{ paddingLeft: `${level * 16}px` }} /><button type="button" class="link" aria-pressed={on} onClick={() => set({ process: on ? 0 : process + 1, thread: 0 })}>{it.pid} {processName(p, process)}</button></td>
                  <td><StackBar costs={costRow(costs, process)} whole={most} cpuOnly /></td>
                  <td class="r">{seconds(cpuS(costs, process))}</td><td class="r">{seconds(waitS(costs, process))}</td>
                  {hasMemory && <td class="r">{bytes(it.peakRss)}</td>}
                  <td class="num">{seconds(it.startS)} to {seconds(it.endS)}</td>
                  <td>{it.recording === 'recorded' ? '' : <span class="worse">{it.recording === 'not' ? 'unprofiled' : it.recording} </span>}{ending(it)}{it.note && <span class="dim"> {it.note}</span>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!all.value && tree.value.length > MOST_ROWS && <p><button type="button" onClick={() => (all.value = true)}>Show all {count(tree.value.length)}</button></p>}
    </section>
  );
}

const threadsShown = computed(() => {
  const v = view.value!;
  const f = filter.value!;
  return v.profile.threads.map((t, i) => ({ t, i }))
    .filter(({ t, i }) => (f.process === null || t.process === f.process) && (f.thread === null || f.thread === i))
    .sort((a, b) => cpuS(v.threadCosts, b.i) - cpuS(v.threadCosts, a.i) || waitS(v.threadCosts, b.i) - waitS(v.threadCosts, a.i));
});

/** By thread: the place in scope where it waited most. */
const topWaits = computed(() => {
  const v = view.value!;
  const p = v.profile;
  const sums = new Map<number, number>();
  const frameOf = new Map<number, number>();
  const lines = v.index.lineFile.length || 1;
  const { thread, stack, kind, seconds: s } = p.samples;
  for (let i = 0; i < p.samples.length; i++) {
    if (kind[i]! < CPU_KINDS || kind[i] === QUEUE) continue;
    const frame = v.charging.charged[stack[i]!]!;
    if (frame === NONE) continue;
    const key = thread[i]! * lines + v.index.lineOfFrame[frame]!;
    sums.set(key, (sums.get(key) ?? 0) + s[i]!);
    frameOf.set(key, frame);
  }
  const best = new Map<number, { frame: number; s: number }>();
  for (const [key, sum] of sums) {
    const t = Math.floor(key / lines);
    if (sum > (best.get(t)?.s ?? 0)) best.set(t, { frame: frameOf.get(key)!, s: sum });
  }
  return best;
});

function Waits({ thread }: { thread: number }) {
  const c = costRow(view.value!.threadCosts, thread);
  const rows = Array.from({ length: KIND_COUNT - CPU_KINDS }, (_, i) => i + CPU_KINDS)
    .filter((k) => k !== QUEUE && c[k]! > 0.0005).sort((a, b) => c[b]! - c[a]!);
  return <>{rows.map((k) => `${KIND_WORDS[k]} ${seconds(c[k]!)}`).join(', ')}</>;
}

function Threads() {
  const p = profile.value!;
  const v = view.value!;
  const rows = all.value ? threadsShown.value : threadsShown.value.slice(0, MOST_ROWS);
  return (
    <section aria-label="Threads">
      <h2>{count(threadsShown.value.length)} thread{threadsShown.value.length === 1 ? '' : 's'}</h2>
      <div class="wrap" tabIndex={0} role="region" aria-label="Threads">
        <table class="grid">
          <thead><tr><th>Thread</th><th style={{ width: '26%' }}>On a CPU over time</th><th class="r">Python</th><th class="r">Native</th><th class="r">System</th><th class="r">Waiting</th><th>Waits for</th><th>Most at</th></tr></thead>
          <tbody>
            {rows.map(({ t, i }) => {
              const c = costRow(v.threadCosts, i);
              const on = url.value.thread === i + 1;
              const top = topWaits.value.get(i);
              return (
                <tr key={i} class={on ? 'on' : ''}>
                  <td class="name"><button type="button" class="link" aria-pressed={on} onClick={() => set({ thread: on ? 0 : i + 1 })}>{threadName(p, i)} <span class="dim">{t.tid}{p.processes.length > 1 ? ` of ${p.processes[t.process]!.pid}` : ''}</span></button></td>
                  <td><RunStrip thread={i} /></td>
                  <td class="r">{seconds(c[0]!)}</td><td class="r">{seconds(c[1]!)}</td><td class="r">{seconds(c[2]!)}</td>
                  <td class="r">{seconds(waitS(c))}{queueS(c) > 0.01 * (t.endS - t.startS) ? <span class="dim"> + {seconds(queueS(c))} queue</span> : ''}</td>
                  <td><Waits thread={i} /></td>
                  <td class="name mono" title={top ? frameName(p, top.frame) : ''}>{top ? frameName(p, top.frame) : ''}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!all.value && threadsShown.value.length > MOST_ROWS && <p><button type="button" onClick={() => (all.value = true)}>Show all {count(threadsShown.value.length)}</button></p>}
    </section>
  );
}

/** All strips at once: one pass over the samples. */
const runningOf = computed(() => {
  const p = profile.value!;
  const bins = Math.max(1, Math.ceil(p.run.elapsedS / p.binS));
  const steps = Math.min(bins, 400);
  const share = p.threads.map(() => new Float64Array(p.threads.length > 4000 ? 0 : steps));
  const stepS = (bins * p.binS) / steps;
  const { thread, bin, kind, seconds: s, length } = p.samples;
  for (let i = 0; i < length; i++) {
    if (kind[i]! >= CPU_KINDS) continue;
    const row = share[thread[i]!]!;
    if (row.length) row[Math.min(steps - 1, Math.floor((bin[i]! / bins) * steps))]! += s[i]! / stepS;
  }
  return share.map((row) => row.map((x) => Math.min(1, x)));
});

const RunStrip = ({ thread }: { thread: number }) => <Strip share={runningOf.value[thread]!} name="running" />;

export function ThreadsView() {
  return (
    <>
      <Bars><p class="dim" style={{ padding: '6px 0' }}>A click on a process or thread shows it alone, everywhere on the page; another click shows all.</p></Bars>
      <Processes />
      <Threads />
    </>
  );
}
