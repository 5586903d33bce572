/* Filters: the question put to a profile, by the rules of src/model/view_scope.c. */
import { CPU_KINDS } from './kinds';
import type { Profile } from './profile';
import { NONE, type FileIndex, type ProcessIndex, type Seconds, type ThreadIndex } from './units';

export interface Scope {
  /** `program`: files of the user's program; `all`: every Python file. */
  what: 'program' | 'all';
  /** Parts of paths: in scope where one is contained; then `what` is moot. */
  only: readonly string[];
  exclude: readonly string[];
  /** A folder: what is under it is the program. "" : as the recorder said. */
  programPath: string;
}

export interface Filter {
  scope: Scope;
  cpuOnly: boolean;
  fromS: Seconds;
  /** null: until the end. */
  toS: Seconds | null;
  process: ProcessIndex | null;
  thread: ThreadIndex | null;
}

export function initialFilter(p: Profile): Filter {
  const f = p.filter;
  return {
    scope: { what: f.scope, only: f.only, exclude: f.exclude, programPath: f.programPath },
    cpuOnly: f.cpuOnly,
    fromS: 0, toS: null, process: null, thread: null,
  };
}

const containsOne = (path: string, parts: readonly string[]) => parts.some((part) => part !== '' && path.includes(part));

/** What follows the folder in the path; null where the path is not under it. */
function below(path: string, folder: string): string | null {
  const bare = folder.length > 1 ? folder.replace(/\/+$/, '') || '/' : folder;
  if (!path.startsWith(bare)) return null;
  if (bare === '/') return path.slice(1);
  if (path.length === bare.length) return '';
  return path[bare.length] === '/' ? path.slice(bare.length + 1) : null;
}

function isUnder(path: string, folder: string, directory: string): boolean {
  if (folder.startsWith('/')) return below(path, folder) !== null;
  const rest = below(path, directory);
  const bare = folder.replace(/^(\.\/)+/, '');
  if (bare === '' || bare === '.') return rest !== null;
  return rest !== null && below(rest, bare) !== null;
}

export function fileInScope(p: Profile, file: FileIndex, scope: Scope): boolean {
  const it = p.files[file]!;
  if (it.kind === 'native' || containsOne(it.path, scope.exclude)) return false;
  if (scope.only.some((part) => part !== '')) return containsOne(it.path, scope.only);
  if (scope.what === 'all') return it.kind === 'source' || it.source !== null;
  if (!scope.programPath) return it.program;
  return it.kind === 'source' && !it.library && isUnder(it.path, scope.programPath, p.run.directory);
}

/** Bins from the first to before the second whose middle is in the time range. */
export function binRange(p: Profile, f: Filter, binS: Seconds = p.binS): [number, number] {
  const first = Math.max(0, Math.ceil(f.fromS / binS - 0.5));
  const end = f.toS === null || f.toS <= 0 ? Infinity : Math.ceil(f.toS / binS - 0.5);
  return [first, end];
}

/** By thread: 1 where the filter keeps it. */
export function keptThreads(p: Profile, f: Filter): Uint8Array {
  return Uint8Array.from(p.threads, (t, i) =>
    Number((f.thread === null || i === f.thread) && (f.process === null || t.process === f.process)));
}

export const keptKinds = (f: Filter): number => (f.cpuOnly ? CPU_KINDS : Infinity);

/** The process without a parent that lived longest. */
export function mainProcess(p: Profile): ProcessIndex {
  let best = NONE;
  let longest = 0;
  p.processes.forEach((it, i) => {
    const life = it.endS - it.startS;
    if (it.parent !== NONE || (best !== NONE && life <= longest)) return;
    best = i;
    longest = life;
  });
  return best;
}

/** The thread whose waiting is the waiting of the whole. */
export function mainThread(p: Profile, f: Filter): ThreadIndex {
  if (f.thread !== null) return f.thread < p.threads.length ? f.thread : NONE;
  const process = f.process ?? mainProcess(p);
  return p.threads.findIndex((t) => t.process === process && t.main);
}

/** Seconds that the time range has. */
export function rangeS(p: Profile, f: Filter): Seconds {
  return Math.max(0, Math.min(f.toS ?? p.run.elapsedS, p.run.elapsedS) - f.fromS);
}
