/* Two profiles compared: this one, and a second one that was dropped or chosen. */
import { computed, signal } from '@preact/signals';
import { cpuS, waitS } from '../profile-logic/cost';
import { compare, type CompareGrain, type Difference, type Side } from '../profile-logic/compare';
import { initialFilter } from '../profile-logic/filter';
import { makeMemoryView } from '../profile-logic/memory';
import { bytes, count, percent, seconds, signed } from '../profile-logic/numbers';
import { makeView } from '../profile-logic/view';
import { loadOther } from '../state/load';
import { goToLine, memory, other, profile, url, view } from '../state/store';
import { FileButton } from './app';
import { Choice, toast } from './small';

const MOST_ROWS = 400;
const grain = signal<CompareGrain>('lines');
const swapped = signal(false); // the other one is the newer
const withNoise = signal(false);

const otherSide = computed<Side | null>(() => {
  const it = other.value?.profile;
  if (!it) return null;
  const f = initialFilter(it);
  if (url.value.scope === 'all') f.scope = { ...f.scope, what: 'all' };
  return { view: makeView(it, f), memory: makeMemoryView(it, f) };
});
const sides = computed<[Side, Side] | null>(() => {
  const b = otherSide.value;
  if (!b) return null;
  const a: Side = { view: view.value!, memory: memory.value };
  return swapped.value ? [a, b] : [b, a];
});
const differences = computed(() => (sides.value ? compare(sides.value[0], sides.value[1], grain.value) : []));

const tone = (change: number, noise: boolean) => (noise || change === 0 ? 'dim' : change > 0 ? 'worse' : 'better');

function Totals() {
  const [a, b] = sides.value!;
  const rows: [string, number, number, (v: number) => string][] = [
    ['Elapsed', a.view.profile.run.elapsedS, b.view.profile.run.elapsedS, seconds],
    ['CPU time', cpuS(a.view.total), cpuS(b.view.total), seconds],
    ['Waiting', waitS(a.view.total), waitS(b.view.total), seconds],
  ];
  if (a.memory && b.memory) {
    rows.push(['Peak memory', a.memory.total.peakBytes, b.memory.total.peakBytes, bytes]);
    rows.push(['Allocated', a.memory.total.allocBytes, b.memory.total.allocBytes, bytes]);
  }
  return (
    <dl class="facts" style={{ margin: '8px 0' }}>
      {rows.map(([name, x, y, words]) => (
        <div class="fact" key={name}><dt>{name}</dt><dd>{words(x)} → {words(y)}<small class={tone(y - x, x > 0 && Math.abs(y - x) / x < 0.02)}>{signed(y - x, words)}{x > 0 ? ` (${signed((y - x) / x, percent)})` : ''}</small></dd></div>
      ))}
    </dl>
  );
}

function DifferenceRow({ d, hasBytes, most }: { d: Difference; hasBytes: boolean; most: number }) {
  const change = d.after - d.before;
  const sign = tone(change, d.noise);
  const share = Math.min(1, Math.abs(change) / most) * 50;
  return (
    <tr>
      <td class="r">{seconds(d.before)}</td><td class="r">{seconds(d.after)}</td>
      <td class={`r ${sign}`}>{signed(change, seconds)}</td>
      <td><svg width="100" height="12" viewBox="0 0 100 12" aria-hidden="true"><rect x="50" y="0" width="0.8" height="12" class="f-line" /><rect x={change > 0 ? 50 : 50 - share} y="2" width={share} height="8" class={d.noise ? 'f-wait' : change > 0 ? 'f-hot' : 'f-good'} /></svg></td>
      {hasBytes && <td class={`r ${tone(d.bytesAfter - d.bytesBefore, d.noise)}`}>{signed(d.bytesAfter - d.bytesBefore, bytes)}</td>}
      <td>{d.noise ? <span class="dim">noise</span> : change > 0 ? 'worse' : change < 0 ? 'better' : ''}</td>
      <td class="name mono" title={d.name}>{d.name}</td>
      <td class="name">{!swapped.value && d.file >= 0 && d.line > 0 ? <button type="button" class="link" onClick={() => goToLine(d.file, d.line)}>{d.place}</button> : d.place}</td>
    </tr>
  );
}

function Table() {
  const wanted = url.value.search.toLowerCase();
  const rows = differences.value.filter((d) => (withNoise.value || !d.noise) && (!wanted || `${d.name} ${d.place}`.toLowerCase().includes(wanted)));
  const quiet = differences.value.filter((d) => d.noise).length;
  const hasBytes = differences.value.some((d) => d.bytesAfter || d.bytesBefore);
  const most = Math.max(...rows.map((d) => Math.abs(d.after - d.before)), 1e-12);
  return (
    <>
      <div class="bar">
        <Choice label="Compared by" value={grain.value} options={[{ id: 'lines', name: 'Lines' }, { id: 'functions', name: 'Functions' }, { id: 'stacks', name: 'Stacks' }]} onChange={(id) => (grain.value = id)} />
        <label><input type="checkbox" checked={withNoise.value} onChange={(e) => (withNoise.value = e.currentTarget.checked)} /> also the {count(quiet)} within noise</label>
        <button type="button" onClick={() => (swapped.value = !swapped.value)}>Swap before and after</button>
      </div>
      {rows.length ? (
        <div class="wrap" tabIndex={0} role="region" aria-label="Differences">
          <table class="grid">
            <thead><tr><th class="r">Before</th><th class="r">After</th><th class="r">Change</th><th><span class="sr">Change as a bar</span></th>{hasBytes && <th class="r">Allocated</th>}<th>So</th><th>{grain.value === 'lines' ? 'Line' : grain.value === 'functions' ? 'Function' : 'Stack'}</th><th>Where</th></tr></thead>
            <tbody>{rows.slice(0, MOST_ROWS).map((d) => <DifferenceRow key={d.key} d={d} hasBytes={hasBytes} most={most} />)}</tbody>
          </table>
        </div>
      ) : <p class="empty">No difference is greater than the noise of sampling.</p>}
    </>
  );
}

export function CompareView() {
  const open = async (file: File) => {
    const wrong = await loadOther(file);
    if (wrong) toast(wrong);
  };
  if (!sides.value) {
    return (
      <div class="drop">
        <h2>Compare with another profile</h2>
        <p style={{ margin: '8px 0 12px' }}>Drop an earlier profile of the same program here (JSON, or a saved page) to see what got better or worse.</p>
        <FileButton label="Choose a file" onFile={(f) => void open(f)} />
      </div>
    );
  }
  const names = [other.value!.name, profile.value!.run.program];
  const [before, after] = swapped.value ? [names[1], names[0]] : names;
  return (
    <>
      <p style={{ paddingTop: '6px' }}>Before: <b>{before}</b>, after: <b>{after}</b> <FileButton label="Another file" onFile={(f) => void open(f)} /></p>
      <Totals />
      <Table />
    </>
  );
}
