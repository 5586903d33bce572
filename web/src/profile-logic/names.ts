/* What things are called: short paths, functions, threads. As src/report/names.c. */
import type { Profile } from './profile';
import type { FileIndex, FunctionIndex, ProcessIndex, ThreadIndex } from './units';

const after = (path: string, folder: string): string | null => {
  const at = path.indexOf(folder);
  return at >= 0 && path.length > at + folder.length ? path.slice(at + folder.length) : null;
};

function inPackage(path: string): string {
  const rest = after(path, '/site-packages/') ?? after(path, '/dist-packages/');
  if (rest) return rest;
  const python = /\/lib\/python[^/]*\/(.+)$/.exec(path);
  return python ? python[1]! : path;
}

/** A library's name: the first part of its path, `json` of `json/decoder.py`. */
export function packageOf(p: Profile, file: FileIndex): string {
  const short = shortPath(p, file);
  const first = short.split('/').find((part) => part !== '') ?? short;
  return first.replace(/\.(py|so).*$/, '');
}

export function shortPath(p: Profile, file: FileIndex): string {
  const it = p.files[file]!;
  if (it.kind === 'native') return it.path.replace(/^.*\/(?=[^/]+$)/, '');
  if (it.kind === 'synthetic') return it.path;
  if (it.library) return inPackage(it.path);
  const folder = p.run.directory.replace(/\/+$/, '');
  if (folder && it.path.startsWith(`${folder}/`)) return it.path.slice(folder.length + 1) || it.path;
  // Elsewhere: its end, which tells it apart; the whole path is where it is pointed at.
  return it.path.replace(/^.*\/(?=(?:[^/]+\/){2}[^/]+$)/, '…/');
}

export const isNative = (p: Profile, fn: FunctionIndex): boolean => p.files[p.functions.file[fn]!]!.kind === 'native';

/** With its place: "parse (app.py)", "inflate [libz.so.1]". */
export function functionName(p: Profile, fn: FunctionIndex): string {
  const name = p.functions.name[fn]!;
  const path = shortPath(p, p.functions.file[fn]!);
  if (isNative(p, fn) && path === '[region]') return `region ${name}`;
  if (isNative(p, fn)) return name.startsWith('[') ? name : `${name} [${path}]`;
  return `${name} (${path})`;
}

/** A frame: "parse (app.py:12)". */
export function frameName(p: Profile, frame: number): string {
  const fn = p.frames.function[frame]!;
  const line = p.frames.line[frame]!;
  if (isNative(p, fn) || !line) return functionName(p, fn);
  return `${p.functions.name[fn]} (${shortPath(p, p.functions.file[fn]!)}:${line})`;
}

export function threadName(p: Profile, thread: ThreadIndex): string {
  const t = p.threads[thread]!;
  return t.name || (t.main ? 'MainThread' : 'thread');
}

/** The last part of the interpreter's path is noise: what it runs is the name. */
export function processName(p: Profile, process: ProcessIndex): string {
  const command = p.processes[process]!.command;
  return command.replace(/^\S*\/(?=[^/\s]+(\s|$))/, '') || `process ${p.processes[process]!.pid}`;
}
