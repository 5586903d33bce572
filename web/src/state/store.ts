/* The page's state: what was loaded, what is asked of it, and what follows. */
import { computed, effect, signal } from '@preact/signals';
import { keepOver, replaced } from './carry';
import { filesInScope } from '../profile-logic/files';
import type { ColumnId } from '../profile-logic/figures';
import { type Filter, initialFilter } from '../profile-logic/filter';
import { makeMemoryView } from '../profile-logic/memory';
import { functionName } from '../profile-logic/names';
import type { Process, Profile } from '../profile-logic/profile';
import { type Grain, makeRows } from '../profile-logic/rows';
import { makeTimeline } from '../profile-logic/timeline';
import { told } from '../profile-logic/told';
import { DEFAULTS, readHash, type UrlState, writeHash } from '../profile-logic/url-state';
import { makeView } from '../profile-logic/view';

export type Loaded =
  | { state: 'loading'; what: string }
  | { state: 'none' }
  | { state: 'failed'; why: string }
  | { state: 'ready' };

export const loaded = signal<Loaded>({ state: 'loading', what: 'Opening the profile' });
export const profile = signal<Profile | null>(null);
/** The text that the profile was read from, to be saved again. */
export const profileText = signal<() => Promise<string>>(async () => '');
export const other = signal<{ profile: Profile; name: string } | null>(null); // compared with

export const url = signal<UrlState>(readHash(typeof location === 'undefined' ? '' : location.hash));
export const set = (change: Partial<UrlState>): void => {
  url.value = { ...url.value, ...change };
};

export function show(p: Profile, text: () => Promise<string>): void {
  const change = () => {
    profileText.value = text;
    profile.value = p;
    loaded.value = { state: 'ready' };
  };
  if (profile.value) replaced(change);
  else change();
}

const parts = (text: string): string[] => text.split(',').map((t) => t.trim()).filter(Boolean);

function filterOf(p: Profile, u: UrlState): Filter {
  const first = initialFilter(p);
  return {
    scope: {
      what: u.scope === 'all' ? 'all' : u.scope === 'program' ? 'program' : first.scope.what,
      only: u.only ? parts(u.only) : first.scope.only,
      exclude: u.exclude ? parts(u.exclude) : first.scope.exclude,
      programPath: first.scope.programPath,
    },
    cpuOnly: u.cpu || first.cpuOnly,
    fromS: u.from, toS: u.to > u.from ? u.to : null,
    process: u.process > 0 && u.process <= p.processes.length ? u.process - 1 : null,
    thread: u.thread > 0 && u.thread <= p.threads.length ? u.thread - 1 : null,
  };
}

/* Keeps its object while nothing that it depends on changes, so that a search
 * does not compute the view again. */
let lastFilter: { key: string; p: Profile; filter: Filter } | null = null;
export const filter = computed<Filter | null>(() => {
  const p = profile.value;
  const u = url.value;
  if (!p) return null;
  const key = [u.scope, u.only, u.exclude, u.cpu, u.from, u.to, u.process, u.thread].join('\n');
  if (lastFilter?.key !== key || lastFilter.p !== p) lastFilter = { key, p, filter: filterOf(p, u) };
  return lastFilter.filter;
});

export const view = computed(() => {
  if (!profile.value || !filter.value) return null;
  const start = performance.now();
  const it = makeView(profile.value, filter.value);
  told('view', start);
  return it;
});
export const memory = computed(() => (profile.value && filter.value ? makeMemoryView(profile.value, filter.value) : null));
export const files = computed(() => (view.value ? filesInScope(view.value, memory.value) : []));

const timelineKey = computed(() => [url.value.process, url.value.thread, url.value.scope].join());
export const timeline = computed(() => {
  void timelineKey.value;
  const p = profile.value;
  const f = filter.peek();
  return p && f ? makeTimeline(p, f, 400) : null;
});

export const opened = signal<ReadonlySet<string>>(new Set());
export const whole = signal<ReadonlySet<number>>(new Set());
export const closed = signal<ReadonlySet<number>>(new Set());
export const ascending = signal(false);

const pathsOf = (files: ReadonlySet<number>): string[] =>
  [...files].map((f) => profile.value?.files[f]?.path ?? '');
const filesOf = (paths: readonly string[]): Set<number> =>
  new Set(paths.map((path) => profile.value!.files.findIndex((f) => f.path === path)).filter((f) => f >= 0));

keepOver(() => {
  const folds = [...opened.value].map((id) => id.split(':'));
  const foldPaths = pathsOf(new Set(folds.map(([file]) => Number(file))));
  const fileNumbers = [...new Set(folds.map(([file]) => file))];
  const [wholePaths, closedPaths] = [pathsOf(whole.value), pathsOf(closed.value)];
  const p = profile.value;
  const focus = p && focusFunction.value >= 0 ? functionName(p, focusFunction.value) : null;
  const thread = p?.threads[url.value.thread - 1];
  const process = p?.processes[url.value.process - 1];
  const processOfThread = thread && p!.processes[thread.process];
  return () => {
    const now = profile.value!;
    const numbers = foldPaths.map((path) => now.files.findIndex((f) => f.path === path));
    opened.value = new Set(folds.map(([file, from]) => `${numbers[fileNumbers.indexOf(file!)]}:${from}`));
    whole.value = filesOf(wholePaths);
    closed.value = filesOf(closedPaths);
    if (focus !== null) focusFunction.value = now.functions.name.findIndex((_, i) => functionName(now, i) === focus);
    const sameProcess = (a: Process | undefined, b: Process | undefined) => a && b && a.pid === b.pid && a.startS === b.startS;
    if (process) set({ process: now.processes.findIndex((it) => sameProcess(it, process)) + 1 });
    if (thread) set({ thread: now.threads.findIndex((it) => it.tid === thread.tid && it.startS === thread.startS && sameProcess(now.processes[it.process], processOfThread)) + 1 });
  };
});

export const grain = computed<Grain>(() => {
  const g = url.value.grain;
  return g === 'functions' || g === 'files' || g === 'regions' ? g : 'lines';
});
/** Tables in the place of the source: regions that the program names, tasks. */
export const beside = computed<'named' | 'tasks' | null>(() => {
  const g = url.value.grain;
  return g === 'named' || g === 'tasks' ? g : null;
});

const rowsKey = computed(() => [url.value.grain, url.value.sort, url.value.threshold, url.value.search].join('\n'));
export const rows = computed(() => {
  void rowsKey.value;
  const u = url.peek();
  const v = view.value;
  return v ? makeRows(v, memory.value, files.value, {
    grain: grain.value, sort: (u.sort || null) as ColumnId | null, descending: !ascending.value,
    threshold: u.threshold / 100, opened: opened.value, whole: whole.value, closed: closed.value, search: u.search,
  }) : [];
});

/** The selected line; file -1: none. */
export const selected = computed(() => {
  const p = profile.value;
  const { file, line } = url.value;
  return { file: p && file ? p.files.findIndex((f) => f.path === file) : -1, line };
});

export function select(file: number, line: number): void {
  const p = profile.value;
  if (p) set({ file: file >= 0 ? p.files[file]!.path : '', line });
}

/** Shows a line in the source view, wherever it is folded. */
export const reveal = signal<{ file: number; line: number; at: number } | null>(null);
export function goToLine(file: number, line: number): void {
  select(file, line);
  set({ view: 'source', grain: 'lines', sort: '', search: '' });
  reveal.value = { file, line, at: Date.now() };
}

/** Which box the flame graph's sandwich is about: a function. */
export const focusFunction = signal(-1);
export function showInFlame(fn: number): void {
  focusFunction.value = fn;
  set({ view: 'flame', mode: 'sandwich' });
}

export const isFiltered = computed(() => {
  const u = url.value;
  return ['scope', 'only', 'exclude', 'cpu', 'from', 'to', 'process', 'thread'].some((k) =>
    u[k as keyof UrlState] !== DEFAULTS[k as keyof UrlState]);
});
export const clearFilters = (): void => set({
  scope: '', only: '', exclude: '', cpu: false, from: 0, to: 0, process: 0, thread: 0, threshold: 1,
});

/** Ties the state to the address. A page in a sandbox may have none. */
export function followAddress(): void {
  let written = location.hash;
  effect(() => {
    const hash = writeHash(url.value);
    if (hash === written) return;
    written = hash;
    try {
      history.replaceState(null, '', hash || location.pathname + location.search);
    } catch {
      // No address to change: the state lives as long as the page.
    }
  });
  addEventListener('hashchange', () => {
    if (location.hash === written) return;
    written = location.hash;
    url.value = readHash(location.hash);
  });
}
