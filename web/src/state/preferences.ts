/* What a reader prefers, kept by the browser where it allows that. Nothing of a
 * profile and no key of an AI provider is ever kept. */
import { signal } from '@preact/signals';
import { EDITORS, isSafeTemplate } from '../profile-logic/editor';

const PREFIX = 'solvidia-mem-prof.';

function read(name: string): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? '';
  } catch {
    return '';
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // A sandbox: it lasts as long as the page.
  }
}

export type Theme = 'system' | 'light' | 'dark';
export const theme = signal<Theme>((['light', 'dark'] as const).find((t) => t === read('theme')) ?? 'system');

export function setTheme(to: Theme): void {
  theme.value = to;
  write('theme', to);
  applyTheme();
}

/** Counts up when colours change: canvases paint again. */
export const painted = signal(0);

export function applyTheme(): void {
  const root = document.documentElement;
  if (theme.value === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', theme.value);
  painted.value++;
}

const saved = read('editor');
export const editor = signal(isSafeTemplate(saved) ? saved : EDITORS[0]!.template);
export function setEditor(template: string): void {
  editor.value = template;
  if (isSafeTemplate(template)) write('editor', template);
}

export function watchSystemTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => painted.value++);
}
