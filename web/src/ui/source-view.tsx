/* The source view: files, lines, functions and loops with their figures. */
import { computed, signal } from '@preact/signals';
import type { RefObject as Ref } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { allS } from '../profile-logic/cost';
import { type Column, COLUMN_PX, type ColumnId, columnsWithData, type Figures, shareOfWhole, SMALL_COLUMN_PX } from '../profile-logic/figures';
import { aliveSeries } from '../profile-logic/memory';
import { shortPath } from '../profile-logic/names';
import { counted, percent, seconds } from '../profile-logic/numbers';
import { regionCosts } from '../profile-logic/region-costs';
import { type Grain, HOT_SHARE, type Row } from '../profile-logic/rows';
import { sourceOf } from '../profile-logic/source';
import { hottestExpressions } from '../profile-logic/view';
import {
  ascending, beside, closed, goToLine, grain, memory, opened, profile, reveal, rows, select, selected, set, showInFlame, url, view, whole,
} from '../state/store';
import { keepOver } from '../state/carry';
import { Code } from './code';
import { Bars } from './filter-bar';
import { viewKeys } from './keys';
import { copyLink, LinePanel, openInEditor } from './line-panel';
import { askAbout } from './ai';
import { Explosion, Lightning } from './icons';
import { server } from '../state/server';
import { hasRegions, hasTasks, RegionView, TaskView } from './said-views';
import { Choice, costWords, StackBar } from './small';
import { ROW_PX, scrollToRow, useVisibleRows } from './virtual';

const GRAINS: readonly { id: Grain; name: string; title: string }[] = [
  { id: 'lines', name: 'Lines', title: 'Files with their source' },
  { id: 'functions', name: 'Functions', title: 'Functions, most time first' },
  { id: 'regions', name: 'Loops', title: 'What each loop costs, with all that it calls' },
  { id: 'files', name: 'Files', title: 'Files, most time first' },
];

const grains = (): readonly { id: string; name: string; title: string }[] => [
  ...GRAINS,
  ...(hasRegions() || beside.value === 'named' ? [{ id: 'named', name: 'Regions', title: 'Regions and marks that the program names' }] : []),
  ...(hasTasks() || beside.value === 'tasks' ? [{ id: 'tasks', name: 'Tasks', title: 'Tasks of asyncio, and the lines they waited on' }] : []),
];

/* Pixels that the columns behind the first may take: the source comes first. */
type Room = 'narrow' | 'middle' | 'wide';
const room = signal<Room>('wide');
const roomPx = signal(800);
const PANEL_FROM = 1180;
const measureRoom = () => {
  const panel = url.peek().line && innerWidth >= PANEL_FROM ? (innerWidth >= 2200 ? 534 : 364) : 0;
  const table = innerWidth - panel - 30;
  room.value = table < 620 ? 'narrow' : table < 1150 ? 'middle' : 'wide';
  const fixed = { narrow: 34 + 58 + 16, middle: 52 + 190 + 60, wide: 52 + 220 + 60 }[room.value];
  const code = room.value === 'narrow' ? 150 : Math.max(420, table * 0.38);
  roomPx.value = table - fixed - code;
};
const columns = computed(() => (view.value
  ? columnsWithData(view.value, memory.value, roomPx.value, room.value === 'narrow' ? SMALL_COLUMN_PX : COLUMN_PX) : []));
const expressions = computed(() => (view.value ? hottestExpressions(view.value) : new Map()));
/** The greatest time in the table: what a full bar stands for. */
const most = computed(() => rows.value.reduce((s, r) => (r.kind === 'line' || r.kind === 'entry' ? Math.max(s, allS(r.figures.costs)) : s), 0));
const hasSpark = computed(() => memory.value?.has.memory === true && grain.value === 'lines' && roomPx.value > (columns.value.length - 1) * COLUMN_PX + 78);

/** The cursor of j, k: a row of the table; -1: none. */
const cursor = signal(-1);

function template(): string {
  const narrow = room.value === 'narrow';
  const time = narrow ? '58px' : room.value === 'middle' ? '190px' : '220px';
  const widths = columns.value.map((c) => (c.id === 'time' ? time : narrow ? '66px' : '76px'));
  return [narrow ? '34px' : '52px', ...widths, ...(hasSpark.value ? ['70px'] : []), 'minmax(0, 1fr)', ...(narrow ? [] : ['26px'])].join(' ');
}

function sortBy(id: ColumnId): void {
  if (url.value.sort === id) {
    if (!ascending.value) ascending.value = true;
    else {
      ascending.value = false;
      set({ sort: '' });
    }
    return;
  }
  ascending.value = false;
  set({ sort: id });
}

function Head({ columns: cols, style }: { columns: Column[]; style: string }) {
  const { sort } = url.value;
  const arrow = (id: ColumnId) => (sort === id ? (ascending.value ? ' ▲' : ' ▼') : '');
  const state = (id: ColumnId) => (sort === id ? (ascending.value ? 'ascending' : 'descending') : 'none');
  return (
    <div class="thead" role="rowgroup">
      <div class="tr" role="row" style={{ gridTemplateColumns: style }}>
        <span role="columnheader" class="lineno">{room.value === 'narrow' ? '' : 'Line'}</span>
        {cols.map((c) => (
          <span key={c.id} role="columnheader" aria-sort={state(c.id)}>
            <button type="button" class={sort === c.id ? 'on' : ''} title={`${c.help}. Click sorts.`} onClick={() => sortBy(c.id)}>{c.title}{arrow(c.id)}</button>
          </span>
        ))}
        {hasSpark.value && <span role="columnheader" class="left dim" title="Bytes alive over time">over time</span>}
        <span role="columnheader" class="left">
          {grain.value === 'lines' && sort ? <button type="button" title="Back to the order of the source" onClick={() => set({ sort: '' })}>Source: in its order again</button>
            : <button type="button" disabled>{{ lines: 'Source', functions: 'Function', regions: 'Loop', files: 'File' }[grain.value]}</button>}
        </span>
        {room.value !== 'narrow' && <span role="columnheader"><span class="sr">Actions</span></span>}
      </div>
    </div>
  );
}

function TimeCell({ figures, id, strong }: { figures: Figures; id: string; strong: boolean }) {
  const v = view.value!;
  const s = allS(figures.costs);
  if (s <= 0) return <span class="cell" role="cell" />;
  const narrow = room.value === 'narrow';
  return (
    <span class={`cell ${narrow ? 'underbar' : 'timecell'}`} role="cell" title={costWords(figures.costs)} data-column={id}>
      <StackBar costs={figures.costs} whole={Math.max(most.value, 1e-12)} />
      <span class={strong ? 'strong' : ''}>{seconds(s)}</span>
      {!narrow && <span class="pc">{percent(s / v.wholeS)}</span>}
    </span>
  );
}

/** Columns whose share of the whole makes a number red. */
const wholeOf = (id: ColumnId): number => {
  const m = memory.value?.total;
  return { alloc: m?.allocBytes ?? 0, peak: m?.peakBytes ?? 0, copy: m?.copyBytes ?? 0 }[id as string] ?? 0;
};

function Cells({ figures, hot }: { figures: Figures; hot: boolean }) {
  return (
    <>
      {columns.value.map((c) => {
        if (c.id === 'time') return <TimeCell key="time" figures={figures} id="time" strong={hot && shareOfWhole(view.value!, figures) >= HOT_SHARE} />;
        const value = c.value(figures);
        const text = value ? c.text(value, view.value!.wholeS) : '';
        const strong = hot && wholeOf(c.id) > 0 && value / wholeOf(c.id) >= HOT_SHARE;
        return <span key={c.id} role="cell" data-column={c.id} class={`cell ${c.id === 'leak' ? 'leak' : strong ? 'strong' : ''}`}>{text}</span>;
      })}
    </>
  );
}

function Spark({ index }: { index: number }) {
  const m = memory.value;
  const series = useMemo(() => (m?.sitesOfLine.has(index) ? aliveSeries(m, [index], 35) : null), [m, index]);
  const top = series ? Math.max(...series) : 0;
  if (!series || top <= 0) return <span role="cell" class="cell" />;
  const points = Array.from(series, (x, i) => `${(i / Math.max(1, series.length - 1)) * 70},${(15 - (x / top) * 14).toFixed(1)}`);
  return (
    <span role="cell" class="cell">
      <svg class="spark" viewBox="0 0 70 16" preserveAspectRatio="none" role="img" aria-label="Bytes alive over time"><path d={`M0,16 L${points.join(' L')} L70,${points.at(-1)!.split(',')[1]} L70,16 Z`} /></svg>
    </span>
  );
}

function toggle<T>(s: { value: ReadonlySet<T> }, key: T): void {
  const next = new Set(s.value);
  if (!next.delete(key)) next.add(key);
  s.value = next;
}

const actOn = (row: Row): void => {
  if (row.kind === 'file') toggle(closed, row.file);
  else if (row.kind === 'fold') toggle(opened, `${row.file}:${row.from}`);
  else if (row.kind === 'entry' && row.line && sourceOf(profile.value!, row.file)) goToLine(row.file, row.line);
  else if (row.kind === 'entry' && row.what === 'file') goToFile(row.file);
  else if (row.kind === 'line') select(row.file, row.line);
};

function goToFile(file: number): void {
  set({ grain: 'lines', sort: '', search: '' });
  const at = rows.value.findIndex((r) => r.kind === 'file' && r.file === file);
  if (at >= 0) requestAnimationFrame(() => scrollToRow(document.querySelector('.tbody'), at));
}

function Act({ row }: { row: Row & { kind: 'line' | 'entry' } }) {
  if (room.value === 'narrow') return null;
  const region = row.kind === 'entry';
  if (region && row.what === 'file') return <span role="cell" />;
  const words = region ? 'Propose an optimization of this region' : 'Propose an optimization of this line';
  return (
    <span role="cell">
      <button type="button" class="act" tabIndex={-1} aria-label={words} title={words} onClick={(e) => {
        e.stopPropagation();
        select(row.file, row.line);
        if (server) askAbout.value = { file: row.file, line: row.line, region, at: Date.now() };
      }}>{region ? <Explosion /> : <Lightning />}</button>
    </span>
  );
}

function FileRow({ row }: { row: Row & { kind: 'file' } }) {
  const isWhole = whole.value.has(row.file);
  const isClosed = closed.value.has(row.file);
  const known = sourceOf(profile.value!, row.file) !== null;
  return (
    <>
      <span class="lineno" role="cell">{isClosed ? '▸' : '▾'}</span>
      <Cells figures={row.figures} hot={false} />
      {hasSpark.value && <span role="cell" />}
      <span class="code" role="cell" title={profile.value!.files[row.file]!.path}>
        <span class="path">{shortPath(profile.value!, row.file)}</span>
        {known && !url.value.search && url.value.sort === '' && <button type="button" aria-pressed={isWhole} onClick={(e) => {
          e.stopPropagation();
          toggle(whole, row.file);
        }}>{isWhole ? 'fold quiet lines' : 'whole file'}</button>}
      </span>
      {room.value !== 'narrow' && <span role="cell" />}
    </>
  );
}

const MOST_CHIPS = 0.01; // share of the whole from which on a loop says what it costs

/** By file and first line: what its loops cost, with all that they call. */
const loops = computed(() => {
  const v = view.value;
  const out = new Map<string, { s: number; share: number; last: number }>();
  if (!v || v.wholeS <= 0) return out;
  for (const r of regionCosts(v)) {
    const s = allS(r.total);
    if (r.region.kind === 'loop' && s / v.wholeS >= MOST_CHIPS) out.set(`${r.file}:${r.region.first}`, { s, share: s / v.wholeS, last: r.region.last });
  }
  return out;
});

/** On the first line of a loop: the answer to "how much does this loop cost". */
function LoopChip({ row }: { row: Row & { kind: 'line' } }) {
  const it = loops.value.get(`${row.file}:${row.line}`);
  if (!it || room.value === 'narrow') return null;
  return <span class="loop" title={`This loop, lines ${row.line} to ${it.last}, with all that it calls`}>↻ {seconds(it.s)}  {percent(it.share)}</span>;
}

function LineRow({ row }: { row: Row & { kind: 'line' } }) {
  const sorted = url.value.sort !== '' ;
  return (
    <>
      <span class="lineno" role="cell">{row.line || '?'}</span>
      <Cells figures={row.figures} hot={row.hot} />
      {hasSpark.value && <Spark index={row.index} />}
      <span class="code" role="cell">
        {sorted && <span class="dim">{shortPath(profile.value!, row.file)}:{row.line}  </span>}
        <Code source={sourceOf(profile.value!, row.file)} line={row.line} expression={row.hot || row.active ? expressions.value.get(row.index) : undefined} search={url.value.search} />
        <LoopChip row={row} />
      </span>
      <Act row={row} />
    </>
  );
}

function EntryRow({ row }: { row: Row & { kind: 'entry' } }) {
  return (
    <>
      <span class="lineno" role="cell">{row.line || ''}</span>
      <Cells figures={row.figures} hot={row.hot} />
      {hasSpark.value && <span role="cell" />}
      <span class="code" role="cell" title={`${row.name}\n${row.place}`}><span class={row.hot ? 'strong' : ''}>{row.name}</span>  <span class="dim">{row.place}{row.what.startsWith('loop') ? `, to ${row.what.replace(/^.* /, '')}` : ''}</span></span>
      <Act row={row} />
    </>
  );
}

function FoldRow({ row, span }: { row: Row & { kind: 'fold' }; span: number }) {
  return <span role="cell" aria-colspan={span} style={{ gridColumn: '1 / -1', paddingLeft: '12px' }}>⋯ {row.to - row.from + 1} quiet lines, {row.from} to {row.to}</span>;
}

const isSelected = (row: Row): boolean =>
  row.kind === 'line' && selected.value.file === row.file && selected.value.line === row.line;

function TableRow({ row, at, style }: { row: Row; at: number; style: string }) {
  const span = columns.value.length + 3;
  const hot = (row.kind === 'line' || row.kind === 'entry') && row.hot;
  const classes = ['tr', row.kind === 'file' ? 'file' : row.kind === 'fold' ? 'fold' : 'body', hot ? 'hot' : ''].join(' ');
  return (
    <div class={classes} role="row" aria-rowindex={at + 2} aria-selected={isSelected(row) || cursor.value === at}
      style={{ top: `${at * ROW_PX}px`, gridTemplateColumns: style }} onClick={() => {
        cursor.value = at;
        actOn(row);
      }}>
      {row.kind === 'file' ? <FileRow row={row} /> : row.kind === 'fold' ? <FoldRow row={row} span={span} /> : row.kind === 'line' ? <LineRow row={row} /> : <EntryRow row={row} />}
    </div>
  );
}

function Empty() {
  const v = view.value!;
  if (url.value.search) return <p class="empty">Nothing here contains <b>{url.value.search}</b>.</p>;
  if (v.wholeS <= 0) return <p class="empty">No time was measured in what is shown. {url.value.from || url.value.to ? 'The time range may be too short.' : 'The program ended before the first sample.'}</p>;
  return <p class="empty">All of the <b>{seconds(v.wholeS)}</b> was outside of the code that is shown. <button type="button" onClick={() => set({ scope: 'all' })}>Show everything</button></p>;
}

function move(body: Ref<HTMLDivElement | null>, step: number, wanted: (r: Row) => boolean): void {
  const list = rows.value;
  let from = cursor.value;
  if (from < 0) from = list.findIndex(isSelected);
  for (let at = from + step; at >= 0 && at < list.length; at += step) {
    if (!wanted(list[at]!)) continue;
    cursor.value = at;
    const row = list[at]!;
    if (row.kind === 'line') select(row.file, row.line);
    scrollToRow(body.current, at);
    return;
  }
}

function onKey(body: Ref<HTMLDivElement | null>, e: KeyboardEvent): boolean {
  const row = rows.value[cursor.value];
  const { file, line } = selected.value;
  switch (e.key) {
    case 'j': move(body, 1, () => true); return true;
    case 'k': move(body, -1, () => true); return true;
    case 'n': move(body, 1, (r) => (r.kind === 'line' || r.kind === 'entry') && r.hot); return true;
    case 'p': move(body, -1, (r) => (r.kind === 'line' || r.kind === 'entry') && r.hot); return true;
    case 'Enter':
      if (!row || (document.activeElement instanceof HTMLButtonElement)) return false;
      actOn(row);
      return true;
    case 'o': if (line) openInEditor(file, line); return line > 0;
    case 'c': if (line) copyLink(); return line > 0;
    case 'f': {
      const fn = focusOf(file, line);
      if (fn >= 0) showInFlame(fn);
      return fn >= 0;
    }
    case 'Escape':
      if (!line) return false;
      select(-1, 0);
      return true;
    default: return false;
  }
}

/** The function that a line belongs to, by what was seen running. */
export function focusOf(file: number, line: number): number {
  const p = profile.value!;
  for (let i = 0; i < p.frames.length; i++) {
    const fn = p.frames.function[i]!;
    if (p.frames.line[i] === line && p.functions.file[fn] === file) return fn;
  }
  return -1;
}

function useReveal(body: Ref<HTMLDivElement | null>): void {
  const wanted = reveal.value;
  const list = rows.value;
  useEffect(() => {
    if (!wanted) return;
    const at = list.findIndex((r) => r.kind === 'line' && r.file === wanted.file && r.line === wanted.line);
    if (at >= 0) {
      reveal.value = null;
      cursor.value = at;
      requestAnimationFrame(() => scrollToRow(body.current, at, true));
    } else if (closed.value.has(wanted.file)) toggle(closed, wanted.file);
    else if (!whole.value.has(wanted.file)) toggle(whole, wanted.file);
    else reveal.value = null;
  }, [wanted, list]);
}

/** What a row is, in words that a newer profile has too. */
function nameOf(row: Row): string {
  const path = profile.value!.files[row.file]?.path ?? '';
  const what = row.kind === 'line' ? row.line : row.kind === 'fold' ? row.from : row.kind === 'entry' ? `${row.what} ${row.line} ${row.name}` : '';
  return `${row.kind} ${path} ${what}`;
}

/** The row at the top of the screen, and where it stood, until it is there again. */
const anchor = signal<{ name: string; top: number } | null>(null);
const STICKY_PX = 60; // of the head, below which the first row is seen

keepOver(() => {
  const list = rows.value;
  const chosen = list[cursor.value];
  const chosenName = chosen && nameOf(chosen);
  const body = document.querySelector('.tbody');
  let held: { name: string; top: number } | null = null;
  if (body && scrollY > 0) {
    const top = body.getBoundingClientRect().top;
    const at = Math.max(0, Math.ceil((STICKY_PX - top) / ROW_PX));
    const row = list[at];
    if (row) held = { name: nameOf(row), top: top + at * ROW_PX };
  }
  return () => {
    cursor.value = chosenName === undefined ? -1 : rows.value.findIndex((r) => nameOf(r) === chosenName);
    anchor.value = held;
  };
});

function useAnchor(body: Ref<HTMLDivElement | null>, list: readonly Row[]): void {
  const held = anchor.value;
  useLayoutEffect(() => {
    if (!held || !body.current) return;
    anchor.value = null;
    const at = list.findIndex((r) => nameOf(r) === held.name);
    if (at >= 0) scrollBy({ top: body.current.getBoundingClientRect().top + at * ROW_PX - held.top });
  }, [held, list]);
}

export function SourceView() {
  const body = useRef<HTMLDivElement>(null);
  const list = rows.value;
  const range = useVisibleRows(body, list.length);
  useReveal(body);
  useAnchor(body, list);
  useLayoutEffect(() => {
    measureRoom();
    addEventListener('resize', measureRoom);
    viewKeys.value = (e) => onKey(body, e);
    if (url.peek().line && cursor.peek() < 0) reveal.value = { file: selected.peek().file, line: url.peek().line, at: 0 };
    return () => {
      removeEventListener('resize', measureRoom);
      viewKeys.value = null;
    };
  }, []);
  const hasLine = selected.value.file >= 0 && selected.value.line > 0;
  useEffect(measureRoom, [hasLine]);
  const style = template();
  return (
    <>
      <Bars><div class="bar">
        <Choice<string> label="Rows" value={beside.value ?? grain.value} options={grains()} onChange={(id) => {
          cursor.value = -1;
          ascending.value = false;
          set({ grain: id, sort: '' });
        }} />
        <span class="dim" role="status">{list.length && !beside.value ? counted(list.filter((r) => r.kind === 'line' || r.kind === 'entry').length, 'row', 'rows') : ''}</span>
      </div></Bars>
      {beside.value === 'named' ? <RegionView /> : beside.value === 'tasks' ? <TaskView /> : <div class={`split ${hasLine ? 'with' : ''}`}>
        {list.length ? (
          <div class="table" role="table" aria-label="Source" aria-rowcount={list.length + 1} aria-colcount={columns.value.length + 3}>
            <Head columns={columns.value} style={style} />
            <div class="tbody" role="rowgroup" ref={body} style={{ height: `${list.length * ROW_PX}px` }}>
              {list.slice(range.from, range.to).map((row, i) => <TableRow key={range.from + i} row={row} at={range.from + i} style={style} />)}
            </div>
          </div>
        ) : <Empty />}
        {hasLine && <LinePanel />}
      </div>}
    </>
  );
}
