/* The head: what was profiled, the views, search, exports, looks. */
import type { ViewName } from '../profile-logic/url-state';
import { profile, set, url } from '../state/store';
import { setTheme, theme } from '../state/preferences';
import { behind, live, paused } from '../state/server';
import { helpOpen, settingsOpen } from './dialogs';
import { ExportMenu } from './export-menu';
import { Menu } from './small';

export const VIEW_TABS: readonly { id: ViewName; name: string; key: string }[] = [
  { id: 'source', name: 'Source', key: '1' },
  { id: 'flame', name: 'Flame graph', key: '2' },
  { id: 'threads', name: 'Threads', key: '3' },
  { id: 'compare', name: 'Compare', key: '4' },
];

const Logo = () => (
  <svg width="20" height="20" viewBox="0 0 16 16" aria-hidden="true">
    <rect y="10" width="16" height="5" rx="1" class="f-python" /><rect x="2" y="5" width="11" height="4" rx="1" class="f-native" /><rect x="4" y="1" width="5" height="3" rx="1" class="f-system" />
  </svg>
);

function onTabKey(e: KeyboardEvent): void {
  const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
  if (!step) return;
  e.preventDefault();
  const at = VIEW_TABS.findIndex((t) => t.id === url.value.view);
  const next = VIEW_TABS[(at + step + VIEW_TABS.length) % VIEW_TABS.length]!;
  set({ view: next.id });
  document.getElementById(`tab-${next.id}`)?.focus();
}

function Tabs() {
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={onTabKey}>
      {VIEW_TABS.map((t) => (
        <button type="button" role="tab" key={t.id} id={`tab-${t.id}`} aria-selected={url.value.view === t.id} aria-controls="view"
          tabIndex={url.value.view === t.id ? 0 : -1} title={`${t.name} (${t.key})`} onClick={() => set({ view: t.id })}>{t.name}</button>
      ))}
    </div>
  );
}

function ThemeButton() {
  const next = { system: 'light', light: 'dark', dark: 'system' } as const;
  const face = { system: '◐', light: '☀', dark: '☾' }[theme.value];
  const words = `Colours: ${theme.value === 'system' ? 'as the system' : theme.value}`;
  return <button type="button" class="icon" aria-label={`${words}; change`} title={words} onClick={() => setTheme(next[theme.value])}>{face}</button>;
}

/** Says that the page follows a running program; a click holds it still. */
function Live() {
  const { live: isLive, running } = live.value;
  if (behind.value) return <span class="live off" role="status" title={behind.value}>shown: an older profile</span>;
  if (!isLive) return null;
  if (!running) return <span class="live off" role="status">ended</span>;
  return (
    <button type="button" class={`live ${paused.value ? 'off' : ''}`} aria-pressed={paused.value}
      title={paused.value ? 'Held still: a click follows the program again' : 'Follows the program: a click holds the page still'}
      onClick={() => (paused.value = !paused.value)}>{paused.value ? 'paused' : 'live'}</button>
  );
}

export function Top({ ready }: { ready: boolean }) {
  return (
    <header class="top">
      <div class="brand"><Logo /><h1 title={profile.value?.run.command}>{ready ? profile.value!.run.program.replace(/^.*\/(?=[^/]+$)/, '') || 'profile' : 'solvidia-mem-prof'}</h1></div>
      <Live />
      {ready && <Tabs />}
      <span class="grow" />
      {ready && (
        <input type="search" class="search" id="search" placeholder="Search  /" aria-label="Search lines, functions and files" value={url.value.search}
          onInput={(e) => set({ search: e.currentTarget.value })}
          onKeyDown={(e) => {
            if (e.key !== 'Escape') return;
            set({ search: '' });
            e.currentTarget.blur();
          }} />
      )}
      {ready && <Menu label="Save as" button="⤓"><ExportMenu /></Menu>}
      <ThemeButton />
      <button type="button" class="icon" aria-label="Settings" title="Settings" onClick={() => (settingsOpen.value = true)}>⚙</button>
      <button type="button" class="icon" aria-label="Keys and meanings" title="Keys and meanings (?)" onClick={() => (helpOpen.value = true)}>?</button>
    </header>
  );
}
