/* Charging: each stack belongs to its innermost Python frame in scope. */
import { fileInScope, type Scope } from './filter';
import type { Profile } from './profile';
import { NONE } from './units';

export interface Charging {
  /** By file: 1 in scope. */
  fileIn: Uint8Array;
  /** By stack: the frame that is charged, or NONE. */
  charged: Int32Array;
}

const made = new WeakMap<Profile, Map<string, Charging>>();

function charge(p: Profile, scope: Scope): Charging {
  const fileIn = Uint8Array.from(p.files, (_, i) => Number(fileInScope(p, i, scope)));
  const charged = new Int32Array(p.stacks.length).fill(NONE);
  for (let i = 1; i < charged.length; i++) {
    const frame = p.stacks.frame[i]!;
    const file = p.functions.file[p.frames.function[frame]!]!;
    charged[i] = fileIn[file] ? frame : charged[p.stacks.parent[i]!]!;
  }
  return { fileIn, charged };
}

export function charging(p: Profile, scope: Scope): Charging {
  const key = JSON.stringify(scope);
  let byScope = made.get(p);
  if (!byScope) made.set(p, (byScope = new Map()));
  let it = byScope.get(key);
  if (!it) byScope.set(key, (it = charge(p, scope)));
  return it;
}
