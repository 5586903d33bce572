/* Small parts that every view uses. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { cpuS, type Costs, waitS } from '../profile-logic/cost';
import { seconds } from '../profile-logic/numbers';

/** One of a few: a row of buttons of which one is pressed. */
export function Choice<T extends string>(props: {
  label: string; value: T; options: readonly { id: T; name: string; title?: string }[]; onChange: (id: T) => void;
}) {
  return (
    <div class="seg" role="group" aria-label={props.label}>
      {props.options.map((o) => (
        <button type="button" key={o.id} aria-pressed={o.id === props.value} title={o.title} onClick={() => props.onChange(o.id)}>{o.name}</button>
      ))}
    </div>
  );
}

export const PARTS = [
  { name: 'Python', class: 'k-python', of: (c: Costs) => c[0]! },
  { name: 'native', class: 'k-native', of: (c: Costs) => c[1]! },
  { name: 'system', class: 'k-system', of: (c: Costs) => c[2]! },
  { name: 'waiting', class: 'k-wait', of: (c: Costs) => waitS(c) },
] as const;

/** What a bar says, for those who cannot see it. */
export const costWords = (c: Costs): string =>
  PARTS.filter((p) => p.of(c) > 0).map((p) => `${p.name} ${seconds(p.of(c))}`).join(', ') || 'no time';

/** Time by kind as one bar; `whole`: what its full width stands for. */
export function StackBar({ costs, whole, cpuOnly }: { costs: Costs; whole: number; cpuOnly?: boolean }) {
  return (
    <div class="stack" title={costWords(costs)}>
      {PARTS.map((p) => {
        const share = whole > 0 && !(cpuOnly && p.name === 'waiting') ? p.of(costs) / whole : 0;
        return share > 0 ? <i key={p.name} class={p.class} style={{ width: `${share * 100}%` }} /> : null;
      })}
    </div>
  );
}

export const hasTime = (c: Costs): boolean => cpuS(c) + waitS(c) > 0;

const toastText = signal('');
let toastTimer: ReturnType<typeof setTimeout> | undefined;
export function toast(text: string): void {
  toastText.value = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toastText.value = ''), 2600);
}
export const Toast = () => (
  <div role="status" aria-live="polite">{toastText.value && <div class="toast">{toastText.value}</div>}</div>
);

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    // No permission, or an old browser: the selection still can be copied.
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    toast(done ? `${what} copied` : 'The browser does not allow copying here');
  }
}

/** A button with a list below it; closes by Escape, by a click outside or inside. */
export function Menu(props: { label: string; button: ComponentChildren; children: ComponentChildren }) {
  const open = useRef(signal(false)).current;
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const outside = (e: Event) => {
      if (!root.current?.contains(e.target as Node)) open.value = false;
    };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, []);
  return (
    <div class="menu" ref={root} onKeyDown={(e) => {
      if (e.key === 'Escape' && open.value) {
        open.value = false;
        e.stopPropagation();
        root.current?.querySelector('button')?.focus();
      }
    }}>
      <button type="button" class="icon" aria-label={props.label} title={props.label} aria-expanded={open.value} onClick={() => (open.value = !open.value)}>{props.button}</button>
      {open.value && <div onClick={() => (open.value = false)}>{props.children}</div>}
    </div>
  );
}

/** A modal window. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog ref={element} aria-label={props.title} onClose={props.onClose}
      onClick={(e) => e.target === element.current && element.current?.close()}>
      <h2>{props.title}<button type="button" class="plain" aria-label="Close" onClick={() => element.current?.close()}>✕</button></h2>
      {props.children}
    </dialog>
  );
}

/** A colour of the style sheet, for canvases. */
export const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
