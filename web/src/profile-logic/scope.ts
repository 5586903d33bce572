/* Charging: each stack belongs to its innermost Python frame in scope. */
import { fileInScope, type Scope } from './filter';
import type { Profile } from './profile';
import { NONE } from './units';

export interface Charging {
  /** By file: 1 in scope. */
  fileIn: Uint8Array;
  /** By function: 1 in scope. */
  functionIn: Uint8Array;
  /** By stack: the frame that is charged, or NONE. */
  charged: Int32Array;
}

const made = new WeakMap<Profile, Map<string, Charging>>();

/** Where the program decorated functions, those are its scope, wherever they lie. */
function functionsInScope(p: Profile, scope: Scope): Uint8Array {
  const isSelected = scope.what === 'program' && p.selected.length > 0;
  const files = Uint8Array.from(p.files, (_, i) => Number(fileInScope(p, i, isSelected ? { ...scope, what: 'all' } : scope)));
  const out = new Uint8Array(p.functions.length);
  if (isSelected) for (const fn of p.selected) out[fn] = files[p.functions.file[fn]!]!;
  else for (let fn = 0; fn < out.length; fn++) out[fn] = files[p.functions.file[fn]!]!;
  return out;
}

function charge(p: Profile, scope: Scope): Charging {
  const functionIn = functionsInScope(p, scope);
  const fileIn = Uint8Array.from(p.files, (_, i) => Number(p.selected.length === 0 && fileInScope(p, i, scope)));
  functionIn.forEach((is, fn) => {
    if (is) fileIn[p.functions.file[fn]!] = 1;
  });
  const charged = new Int32Array(p.stacks.length).fill(NONE);
  for (let i = 1; i < charged.length; i++) {
    const frame = p.stacks.frame[i]!;
    charged[i] = functionIn[p.frames.function[frame]!] ? frame : charged[p.stacks.parent[i]!]!;
  }
  return { fileIn, functionIn, charged };
}

export function charging(p: Profile, scope: Scope): Charging {
  const key = JSON.stringify(scope);
  let byScope = made.get(p);
  if (!byScope) made.set(p, (byScope = new Map()));
  let it = byScope.get(key);
  if (!it) byScope.set(key, (it = charge(p, scope)));
  return it;
}
