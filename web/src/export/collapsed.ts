/* Collapsed stacks: "outer;inner 1234", in microseconds. */
import type { Filter } from '../profile-logic/filter';
import { frameName } from '../profile-logic/names';
import type { Profile } from '../profile-logic/profile';
import { framesOf, keptSamples, leafOf } from './pieces';

const clean = (name: string) => name.replace(/[;\n\r]/g, ',');

export function toCollapsed(p: Profile, f: Filter): string {
  const sums = new Map<string, number>();
  const ofStack = new Map<number, string>();
  for (const i of keptSamples(p, f)) {
    const stack = p.samples.stack[i]!;
    let path = ofStack.get(stack);
    if (path === undefined) ofStack.set(stack, (path = framesOf(p, stack).map((it) => clean(frameName(p, it))).join(';')));
    const leaf = leafOf(p, i);
    const key = [path, leaf].filter(Boolean).join(';') || '[no stack]';
    sums.set(key, (sums.get(key) ?? 0) + p.samples.seconds[i]!);
  }
  return [...sums].map(([key, s]) => [key, Math.round(s * 1e6)] as const).filter(([, us]) => us > 0)
    .sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([key, us]) => `${key} ${us}\n`).join('');
}
