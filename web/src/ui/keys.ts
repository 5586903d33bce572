/* The keyboard: one listener that knows which view is shown. */
import { signal } from '@preact/signals';
import { clearFilters, set, url } from '../state/store';
import { helpOpen } from './dialogs';
import { VIEW_TABS } from './top';

/** The view that is shown takes keys here; it returns true for those it used. */
export const viewKeys = signal<((e: KeyboardEvent) => boolean) | null>(null);

const isTyping = (e: Event): boolean => {
  const t = e.target as HTMLElement;
  return t.matches?.('input, select, textarea, [contenteditable]') ?? false;
};

function onKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || isTyping(e) || document.querySelector('dialog[open]')) return;
  const tab = VIEW_TABS.find((t) => t.key === e.key);
  if (tab) set({ view: tab.id });
  else if (e.key === '/') document.getElementById('search')?.focus();
  else if (e.key === '?') helpOpen.value = true;
  else if (e.key === 'x') clearFilters();
  else if (viewKeys.value?.(e)) {
    e.preventDefault();
    return;
  } else if (e.key === 'Escape' && url.value.search) set({ search: '' });
  else return;
  e.preventDefault();
}

export function listenForKeys(): () => void {
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
