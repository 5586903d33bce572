/* The flame graph: what to draw, and what is known of the chosen box. */
import { computed, signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { allS } from '../profile-logic/cost';
import {
  bottomUp, byteEntries, type Chart, type Entry, type FrameChoice, layOut, makeKeys, sandwich, timeEntries, topDown,
} from '../profile-logic/flame';
import { mainThread } from '../profile-logic/filter';
import { functionName, threadName } from '../profile-logic/names';
import { bytes, percent, seconds } from '../profile-logic/numbers';
import { sourceOf } from '../profile-logic/source';
import { timeOrder, tracksOf } from '../profile-logic/time-order';
import { filter, focusFunction, goToLine, memory, profile, set, url, view } from '../state/store';
import { keepOver } from '../state/carry';
import { FlameCanvas, type Hit } from './flame-canvas';
import { Bars } from './filter-bar';
import { viewKeys } from './keys';
import { Choice } from './small';
import { Strip } from './strip';

type Mode = 'time' | 'left' | 'sandwich' | 'inverted';
type Metric = 'time' | 'alloc' | 'peak' | 'leak' | 'copy';

const MODES: readonly { id: Mode; name: string; title: string }[] = [
  { id: 'time', name: 'Time order', title: 'One thread as it ran (t)' },
  { id: 'left', name: 'Left heavy', title: 'Equal stacks together, the greatest first (l)' },
  { id: 'sandwich', name: 'Sandwich', title: 'Callers and callees of one function (s)' },
  { id: 'inverted', name: 'Inverted', title: 'From the innermost function outwards (i)' },
];
const METRICS: readonly { id: Metric; name: string }[] = [
  { id: 'time', name: 'Time' }, { id: 'alloc', name: 'Allocated' }, { id: 'peak', name: 'At peak' }, { id: 'leak', name: 'Leaks' }, { id: 'copy', name: 'Copies' },
];

const choice = signal<FrameChoice>({ library: 'collapsed', native: true });
const mode = computed<Mode>(() => MODES.find((m) => m.id === url.value.mode)?.id ?? 'left');
const metric = computed<Metric>(() => (memory.value ? METRICS.find((m) => m.id === url.value.metric)?.id ?? 'time' : 'time'));
const words = (v: number) => (metric.value === 'time' || mode.value === 'time' ? seconds(v) : bytes(v));

const keys = computed(() => makeKeys(profile.value!, view.value!.charging.fileIn, choice.value));
const entries = computed<Entry[]>(() => {
  const m = memory.value;
  return metric.value === 'time' || !m ? timeEntries(view.value!) : byteEntries(m.stacks[metric.value]);
});
/** The thread whose time is drawn: the filter's, else the main one. */
const thread = computed(() => Math.max(0, mainThread(profile.value!, filter.value!)));
const chart = computed<Chart>(() => {
  const p = profile.value!;
  if (mode.value === 'time') return timeOrder(p, filter.value!, keys.value, thread.value);
  return layOut(mode.value === 'inverted' ? bottomUp(p, keys.value, entries.value) : topDown(p, keys.value, entries.value));
});
const halves = computed(() => {
  const key = focusKey.value;
  if (mode.value !== 'sandwich' || key < 0) return null;
  const it = sandwich(profile.value!, keys.value, entries.value, key);
  return { callers: layOut(it.callers), callees: layOut(it.callees) };
});

/** The key that the sandwich is about: chosen here, or a function chosen elsewhere. */
const chosenKey = signal(-1);
const focusKey = computed(() => {
  if (chosenKey.value >= 0 && chosenKey.value < keys.value.count) return chosenKey.value;
  if (focusFunction.value >= 0) return focusFunction.value;
  return functionRows.value[0]?.fn ?? -1;
});

keepOver(() => {
  const label = chosenKey.value >= 0 && profile.value ? keys.value.label(chosenKey.value) : null;
  return () => {
    if (label === null) return;
    const now = keys.value;
    chosenKey.value = -1;
    for (let key = 0; key < now.count && chosenKey.value < 0; key++) if (now.label(key) === label) chosenKey.value = key;
  };
});

const functionRows = computed(() => {
  const v = view.value!;
  const p = v.profile;
  const wanted = url.value.search.toLowerCase();
  const rows: { fn: number; name: string; own: number; total: number }[] = [];
  for (let fn = 0; fn < p.functions.length; fn++) {
    const total = allS(v.functionTotals, fn);
    if (total <= 0) continue;
    const name = functionName(p, fn);
    if (!wanted || name.toLowerCase().includes(wanted)) rows.push({ fn, name, own: allS(v.functionOwn, fn), total });
  }
  return rows.sort((a, b) => b.own - a.own || b.total - a.total).slice(0, 300);
});

const chosen = signal<Hit | null>(null);
const hovered = signal<{ hit: Hit; x: number; y: number; whole: number } | null>(null);
let zoomActions: { in: () => void; out: () => void; reset: () => void } | null = null;

function matched(): string {
  const wanted = url.value.search.toLowerCase();
  const { tree } = chart.value;
  if (!wanted || !tree.total[0]) return '';
  // A match below a match is in it already.
  const inside = new Uint8Array(tree.key.length);
  let sum = 0;
  for (let i = 1; i < tree.key.length; i++) {
    inside[i] = inside[tree.parent[i]!]!;
    if (!inside[i] && keys.value.label(tree.key[i]!).toLowerCase().includes(wanted)) {
      inside[i] = 1;
      sum += tree.total[i]!;
    }
  }
  return `${percent(sum / tree.total[0])} matched`;
}

function openSource(key: number): void {
  const p = profile.value!;
  const fn = keys.value.functionOf(key);
  if (fn < 0) return;
  const file = p.functions.file[fn]!;
  if (!sourceOf(p, file)) return;
  const line = hottestLineOf(fn) || p.functions.firstLine[fn]!;
  if (!view.value!.charging.fileIn[file]) set({ scope: 'all' });
  goToLine(file, line);
}

/** The line of a function with the most time, with calls. */
function hottestLineOf(fn: number): number {
  const v = view.value!;
  const p = v.profile;
  let best = 0;
  let most = 0;
  for (let i = 0; i < p.frames.length; i++) {
    if (p.frames.function[i] !== fn) continue;
    const s = allS(v.lineTotals, v.index.lineOfFrame[i]!);
    if (s > most) [best, most] = [p.frames.line[i]!, s];
  }
  return best;
}

function Crumbs() {
  const hit = chosen.value;
  const k = keys.value;
  const whole = chart.value.tree.total[0] || 1;
  if (!hit || hit.key < 0) {
    return <div class="crumbs dim">{matched() || 'Click a box to zoom in, double-click for its source; ctrl and wheel zoom, dragging moves.'}</div>;
  }
  const fn = k.functionOf(hit.key);
  const p = profile.value!;
  const known = fn >= 0 && sourceOf(p, p.functions.file[fn]!) !== null;
  return (
    <div class="crumbs">
      <b class="mono">{k.label(hit.key)}</b>
      <span class="num">{words(hit.to - hit.from)}, {percent((hit.to - hit.from) / (mode.value === 'time' ? Math.max(profile.value!.run.elapsedS, 1e-12) : whole))}</span>
      {known && <button type="button" onClick={() => openSource(hit.key)}>Source</button>}
      {mode.value !== 'sandwich' && <button type="button" onClick={() => {
        chosenKey.value = hit.key;
        set({ mode: 'sandwich' });
      }}>Callers and callees</button>}
      <button type="button" onClick={() => {
        zoomActions?.reset();
        chosen.value = null;
      }}>Whole graph</button>
      {matched() && <span class="dim">{matched()}</span>}
    </div>
  );
}

function Tip() {
  const it = hovered.value;
  if (!it) return null;
  const k = keys.value;
  const name = it.hit.key < 0 ? 'all' : k.label(it.hit.key);
  const left = Math.min(it.x + 14, innerWidth - 300);
  return (
    <div class="tip" style={{ left: `${Math.max(4, left)}px`, top: `${it.y + 260 > innerHeight ? it.y - 56 : it.y + 18}px` }}>
      <b>{name}</b><br /><span class="num">{words(it.hit.to - it.hit.from)}, {percent((it.hit.to - it.hit.from) / (it.whole || 1))}</span>
    </div>
  );
}

function Boxes(props: { chart: Chart; title: string; label: string; upwards?: boolean; first?: boolean }) {
  const whole = mode.value === 'time' ? profile.value!.run.elapsedS : props.chart.width;
  return (
    <FlameCanvas chart={props.chart} keys={keys.value} title={props.title} label={props.label} search={url.value.search}
      selected={mode.value === 'sandwich' ? focusKey.value : -1} words={words} {...(props.upwards ? { upwards: true } : {})}
      onSelect={(hit) => (chosen.value = hit)}
      onHover={(hit, x, y) => (hovered.value = hit && { hit, x, y, whole })}
      onOpen={(hit) => openSource(hit.key)}
      {...(props.first ? { actions: (a: NonNullable<typeof zoomActions>) => (zoomActions = a) } : {})} />
  );
}

function Sandwich() {
  const it = halves.value;
  const key = focusKey.value;
  return (
    <>
      {it && (
        <div class="flame">
          <div class="half">Callers of <b class="mono">{keys.value.label(key)}</b></div>
          {it.callers.layers.length > 1 && <Boxes chart={strip(it.callers)} title="" label="Callers; arrows move between boxes" upwards />}
          <div class="half">It, and what it calls: {words(it.callees.width)}</div>
          {it.callees.layers.length > 1 ? <Boxes chart={strip(it.callees)} title="" label="Callees; arrows move between boxes" first /> : <p class="empty">It is on no stack that is shown.</p>}
        </div>
      )}
      <h2 class="sr">Functions</h2>
      <div class="functions" tabIndex={0} role="region" aria-label="Functions">
        <table class="grid">
          <thead><tr><th class="r">Own time</th><th class="r">With calls</th><th>Function</th></tr></thead>
          <tbody>
            {functionRows.value.map((r) => (
              <tr key={r.fn} class={r.fn === key ? 'on' : ''}>
                <td class="r">{seconds(r.own)}</td><td class="r">{seconds(r.total)}</td>
                <td class="name"><button type="button" class="link mono" onClick={() => {
                  focusFunction.value = r.fn;
                  chosenKey.value = -1;
                }}>{r.name}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Without the root's own layer: the box itself is the root here. */
const stripped = new WeakMap<Chart, Chart>();
function strip(c: Chart): Chart {
  let it = stripped.get(c);
  if (!it) stripped.set(c, (it = { ...c, layers: c.layers.slice(1) }));
  return it;
}

function Tracks() {
  const p = profile.value!;
  const tracks = tracksOf(p, filter.value!, thread.value).filter((t) => t.name !== 'running');
  return (
    <div class="tracks">
      {tracks.map((t) => <Strip key={t.name} share={t.share} name={t.name} label />)}
    </div>
  );
}

function Legend() {
  const parts = [['--python', 'my code'], ['--library', 'libraries'], ['--native', 'native'], ['--system', 'kernel'], ['--wait', 'waiting'], ['--gc', 'garbage collector']] as const;
  const classes = { '--python': 'k-python', '--library': 'k-library', '--native': 'k-native', '--system': 'k-system', '--wait': 'k-wait', '--gc': 'k-gc' };
  return <div class="legend">{parts.map(([c, n]) => <span key={n}><i class={`swatch ${classes[c]}`} />{n}</span>)}</div>;
}

function Toolbar() {
  const p = profile.value!;
  const m = memory.value;
  const there = METRICS.filter((it) => it.id === 'time' || (m && (it.id === 'alloc' || it.id === 'peak' ? m.has.memory : it.id === 'leak' ? m.has.leaks : m.has.copy)));
  return (
    <Bars><div class="bar">
      <Choice label="Order" value={mode.value} options={MODES} onChange={(id) => set({ mode: id })} />
      {there.length > 1 && mode.value !== 'time' && <Choice label="What is measured" value={metric.value} options={there} onChange={(id) => set({ metric: id })} />}
      <label>Libraries
        <select value={choice.value.library} onChange={(e) => (choice.value = { ...choice.value, library: e.currentTarget.value as FrameChoice['library'] })}>
          <option value="collapsed">one box each</option><option value="open">every frame</option><option value="hidden">hidden</option>
        </select>
      </label>
      <label><input type="checkbox" checked={choice.value.native} onChange={(e) => (choice.value = { ...choice.value, native: e.currentTarget.checked })} /> native frames</label>
      {mode.value === 'time' && p.threads.length > 1 && <span class="dim">{threadName(p, thread.value)}: choose another thread beside</span>}
    </div></Bars>
  );
}

function onKey(e: KeyboardEvent): boolean {
  const next = ({ t: 'time', l: 'left', s: 'sandwich', i: 'inverted' } as Record<string, Mode>)[e.key];
  if (next) set({ mode: next });
  else if (e.key === '+' || e.key === '=') zoomActions?.in();
  else if (e.key === '-') zoomActions?.out();
  else if (e.key === '0' || e.key === 'Escape') {
    zoomActions?.reset();
    chosen.value = null;
    if (e.key === 'Escape') return false;
  } else return false;
  return true;
}

export function FlameView() {
  useLayoutEffect(() => {
    viewKeys.value = onKey;
    return () => {
      viewKeys.value = null;
      hovered.value = null;
    };
  }, []);
  const now = chart.value;
  const title = metric.value === 'time' && mode.value !== 'time' ? `all: ${seconds(now.width)}` : mode.value === 'time' ? `${threadName(profile.value!, thread.value)}` : `all: ${bytes(now.width)}`;
  const isEmpty = now.layers.length === 0 || now.tree.total[0]! <= 0;
  return (
    <>
      <Toolbar />
      <Crumbs />
      {isEmpty ? <p class="empty">Nothing of this was measured in what is shown.</p> : mode.value === 'sandwich' ? <Sandwich /> : (
        <>
          {mode.value === 'time' && <Tracks />}
          <div class="flame"><Boxes chart={now} title={title} label="Flame graph; arrows move between boxes, Enter zooms, space opens the source" first /></div>
        </>
      )}
      <Legend />
      <Tip />
    </>
  );
}
