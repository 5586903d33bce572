/* The summary: what the program took, in what, how sure that is, and when. */
import { cpuS, CPU_COUNT, GC, OTHER_WAIT, queueS, shareInterval, waitS } from '../profile-logic/cost';
import { CPU_KINDS, KIND_COUNT, KIND_WORDS, QUEUE } from '../profile-logic/kinds';
import { bytes, count, counted, percent, seconds } from '../profile-logic/numbers';
import type { MemoryCost } from '../profile-logic/memory';
import type { Memory, Profile } from '../profile-logic/profile';
import { filter, isFiltered, memory, profile, view } from '../state/store';
import { PARTS, StackBar } from './small';
import { TimelineChart } from './timeline-chart';

function Fact(props: { name: string; value: string; note?: string | undefined; title?: string }) {
  return <div class="fact" title={props.title}><dt>{props.name}</dt><dd>{props.value}{props.note && <small>{props.note}</small>}</dd></div>;
}

function ending(p: Profile): string | undefined {
  const { exitStatus: status, running } = p.run;
  if (running) return 'still running';
  if (status === null || status === 0) return undefined;
  return status < 0 ? `ended by signal ${-status}` : `exit code ${status}`;
}

function waits(): string {
  const v = view.value!;
  return Array.from({ length: KIND_COUNT - CPU_KINDS }, (_, i) => i + CPU_KINDS)
    .filter((k) => k !== QUEUE && v.total[k]! > 0.005 * v.wholeS)
    .sort((a, b) => v.total[b]! - v.total[a]!)
    .map((k) => `${KIND_WORDS[k]} ${seconds(v.total[k]!)}`).join(', ');
}

function Whole() {
  const v = view.value!;
  return (
    <div class="fact wide">
      <dt>Time: 100 % is {seconds(v.wholeS)}{isFiltered.value ? ' of the part that is shown' : ''}</dt>
      <dd>
        <StackBar costs={v.total} whole={v.wholeS} />
        <div class="legend">
          {PARTS.filter((p) => p.of(v.total) > 0).map((p) => (
            <span key={p.name} class="num"><i class={`swatch ${p.class}`} />{p.name} <b>{seconds(p.of(v.total))}</b> <span class="dim">{percent(p.of(v.total) / v.wholeS)}</span></span>
          ))}
        </div>
      </dd>
    </div>
  );
}

const members = (rows: { members: number }[]) => rows.reduce((sum, it) => sum + it.members, 0);

/** As the terminal's line of the peak: what small objects take beside their bytes is
 * said from this share of it on. */
const SLACK_SHARE = 0.02;

function peakNote(main: Memory, m: MemoryCost): string {
  const beside = m.peakBytes === main.peak && main.peakSlack >= SLACK_SHARE * main.peak;
  return `${beside ? `+ ${bytes(main.peakSlack)} in Python's arenas, ` : ''}${bytes(m.allocBytes)} allocated`;
}

function Facts() {
  const v = view.value!;
  const p = profile.value!;
  const m = memory.value;
  const main = p.memory;
  const threads = members(p.threads);
  const processes = members(p.processes.filter((it) => it.recording !== 'not'));
  return (
    <dl class="facts">
      <Fact name="Elapsed" value={seconds(p.run.elapsedS)} note={ending(p)} />
      <Fact name="CPU time" value={seconds(cpuS(v.total))} note={v.total[GC]! > 0.001 * v.wholeS ? `garbage collector ${seconds(v.total[GC]!)}` : p.run.cpus ? `of ${p.run.cpus} CPU${p.run.cpus === 1 ? '' : 's'}` : undefined} />
      <Fact name="Waiting" value={seconds(waitS(v.total))} note={waits() || undefined} />
      {main && m && <Fact name="Peak" value={bytes(m.total.peakBytes)} note={peakNote(main, m.total)} />}
      {p.processes[0]?.pid !== 0 && <Fact name={p.processes.length > 1 ? 'Processes' : 'Process'} value={p.processes.length > 1 ? count(processes) : String(p.processes[0]?.pid ?? '')} note={`${count(threads)} thread${threads === 1 ? '' : 's'}`} />}
      <Whole />
    </dl>
  );
}

/** How sure the shares are, and what measuring cost. */
function Sure() {
  const v = view.value!;
  const p = profile.value!;
  const l = p.ledger;
  const n = v.total[CPU_COUNT]!;
  const half = shareInterval(0.5, n);
  const doubt = (half.high - half.low) / 2;
  const own = (l.recorder_cpu_s ?? 0) + (l.collector_cpu_s ?? 0);
  const all = p.processes.reduce((s, it) => s + it.rusageS, 0);
  const isOurs = (l.interval_asked_s ?? 0) > 0; // another tool's does not tell how it measured
  const lost = [['samples_lost', 'lost', 'lost'], ['samples_unreadable', 'unreadable', 'unreadable'],
    ['processes_unrecorded', 'process unprofiled', 'processes unprofiled'], ['allocations_lost', 'allocation lost', 'allocations lost'],
    ['copies_lost', 'copy lost', 'copies lost']]
    .filter(([key]) => (l[key!] ?? 0) > 0).map(([key, one, more]) => counted(l[key!]!, one!, more!));
  const out = cpuS(v.total) + waitS(v.total) - cpuS(v.inScope) - waitS(v.inScope);
  return (
    <p class="sure">
      {p.processes[0]?.interpreter && <span><b>{p.processes[0].interpreter}</b> on {p.run.platform}</span>}
      {isOurs && <span><b>{count(n)}</b> samples{l.interval_reached_s ? `, ${seconds(l.interval_reached_s)} apart` : ''}</span>}
      {isOurs && <span class={doubt > 0.05 ? 'warn' : ''}>shares are sure to ±{percent(doubt)}</span>}
      {isOurs && <span class={lost.length ? 'warn' : ''}>{lost.length ? lost.join(', ') : 'nothing lost'}</span>}
      {own > 0 && <span>profiling cost {seconds(own)} of CPU{all > 0 ? ` (${percent(own / all)})` : ''}</span>}
      {queueS(v.total) > 0.005 * p.run.elapsedS && <span>+ {seconds(queueS(v.total))} ready but without a CPU</span>}
      {v.total[OTHER_WAIT]! > 0 && <span>other threads waited {seconds(v.total[OTHER_WAIT]!)}</span>}
      {v.wholeS > 0 && out > 0.01 * v.wholeS && <span>{percent(out / v.wholeS)} outside of {filter.value!.scope.what === 'all' ? 'Python code' : 'your code'}</span>}
      {p.processes.filter((it) => it.recording !== 'recorded' && it.note).slice(0, 2).map((it) => <span key={it.pid} class="warn">{it.pid ? `process ${it.pid}: ` : ''}{it.note}</span>)}
    </p>
  );
}

export function Summary() {
  return (
    <section class="summary" aria-label="Summary">
      <Facts />
      <TimelineChart />
      <Sure />
    </section>
  );
}
