/* A file's source, split and scanned once. */
import type { Profile } from './profile';
import { findRegions, type Region } from './regions';
import { type LineState, lineStates, splitLines } from './tokens';
import type { FileIndex } from './units';

export interface Source {
  lines: string[];
  states: LineState[];
  regions: Region[];
  /** By line number: the innermost region that holds it, or -1. */
  regionOfLine: Int32Array;
}

const made = new WeakMap<Profile, Map<FileIndex, Source | null>>();

/** null where the profile does not have the text. */
export function sourceOf(p: Profile, file: FileIndex): Source | null {
  let byFile = made.get(p);
  if (!byFile) made.set(p, (byFile = new Map()));
  if (!byFile.has(file)) {
    const text = p.files[file]!.source;
    if (text === null) {
      byFile.set(file, null);
    } else {
      const lines = splitLines(text);
      const states = lineStates(lines);
      byFile.set(file, { lines, states, ...findRegions(lines, states) });
    }
  }
  return byFile.get(file)!;
}
