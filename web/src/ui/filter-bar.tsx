/* Filters after the fact: scope, process, thread, threshold. */
import { processName, threadName } from '../profile-logic/names';
import { clearFilters, isFiltered, profile, set, url } from '../state/store';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

const MOST_OPTIONS = 500; // of a list that people choose from
const paths = signal(false);

function ProcessSelect() {
  const p = profile.value!;
  if (p.processes.length < 2) return null;
  return (
    <label>Process
      <select value={url.value.process} onChange={(e) => set({ process: Number(e.currentTarget.value), thread: 0 })}>
        <option value={0}>all {p.processes.length}</option>
        {p.processes.slice(0, MOST_OPTIONS).map((it, i) => <option key={i} value={i + 1}>{`${it.pid}  ${processName(p, i)}`.slice(0, 70)}</option>)}
      </select>
    </label>
  );
}

function ThreadSelect() {
  const p = profile.value!;
  if (p.threads.length < 2) return null;
  const process = url.value.process;
  const rows = p.threads.map((t, i) => ({ t, i })).filter(({ t }) => !process || t.process === process - 1);
  return (
    <label>Thread
      <select value={url.value.thread} onChange={(e) => set({ thread: Number(e.currentTarget.value) })}>
        <option value={0}>all {rows.length}</option>
        {rows.slice(0, MOST_OPTIONS).map(({ t, i }) => <option key={i} value={i + 1}>{`${threadName(p, i)} (${t.tid})`}</option>)}
      </select>
    </label>
  );
}

function Paths() {
  if (!paths.value && !url.value.only && !url.value.exclude) {
    return <button type="button" class="plain dim" onClick={() => (paths.value = true)}>Paths …</button>;
  }
  return (
    <>
      <label>Only paths with <input type="text" placeholder="app/, models" value={url.value.only} onChange={(e) => set({ only: e.currentTarget.value })} /></label>
      <label>without <input type="text" placeholder="tests/" value={url.value.exclude} onChange={(e) => set({ exclude: e.currentTarget.value })} /></label>
    </>
  );
}

/** A view's own choices, and the filters of all views beside them. */
export const Bars = ({ children }: { children: ComponentChildren }) => <div class="bars">{children}<FilterBar /></div>;

function FilterBar() {
  const p = profile.value!;
  const scope = url.value.scope || p.filter.scope;
  return (
    <div class="bar" role="group" aria-label="Filters">
      <label>Code
        <select value={scope} onChange={(e) => set({ scope: e.currentTarget.value === p.filter.scope ? '' : e.currentTarget.value })}>
          <option value="program">my code</option>
          <option value="all">everything</option>
        </select>
      </label>
      <Paths />
      <ProcessSelect />
      <ThreadSelect />
      <label><input type="checkbox" checked={url.value.cpu} onChange={(e) => set({ cpu: e.currentTarget.checked })} /> CPU time only</label>
      <label title="Lines and files below this share are quiet: folded, or left out">Fold below
        <input type="number" min={0} max={100} step={0.1} value={url.value.threshold} aria-label="Threshold, percent"
          onChange={(e) => set({ threshold: Math.min(100, Math.max(0, Number(e.currentTarget.value) || 0)) })} /> %
      </label>
      {(isFiltered.value || url.value.threshold !== 1) && <button type="button" class="chip" onClick={clearFilters}>Clear filters ✕</button>}
    </div>
  );
}
