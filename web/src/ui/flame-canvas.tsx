/* A flame chart on a canvas: boxes of one chart, zoomed and scrolled by pointer and
 * keyboard. Only what is wide enough to be seen is drawn, so that a frame takes the
 * same time whatever the profile's size. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Chart, Family, Keys } from '../profile-logic/flame';
import { painted } from '../state/preferences';
import { told } from '../profile-logic/told';
import { color } from './small';

const BOX_PX = 19;
const FONT = '11.5px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
const LETTER_PX = 7;
const SMALLEST_PX = 0.35;
const TEXT_FROM_PX = 26;
const MOST_LAYERS = 400;

/** Hue of each family; the lightness of a box depends on its name, so that
 * neighbours differ also for those who see no hues. */
const FAMILIES: Record<Family, [hue: number, saturation: number]> = {
  root: [215, 8], program: [212, 62], library: [184, 28], native: [36, 82], kernel: [328, 52], waiting: [215, 9], gc: [262, 48], region: [96, 42],
};

/** Colours of boxes by key: made once for a set of keys. */
const fills = new WeakMap<Keys, { dark: boolean; of: string[] }>();
function fillOfKey(keys: Keys, key: number, dark: boolean): string {
  let it = fills.get(keys);
  if (!it || it.dark !== dark) fills.set(keys, (it = { dark, of: [] }));
  return (it.of[key + 1] ??= fillOf(keys.family(key), keys.label(key), dark));
}

const styles = new Map<string, string>();
function fillOf(family: Family, name: string, dark: boolean): string {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  const step = ((hash >>> 3) % 5) - 2;
  const id = `${family}${step}${dark}`;
  let style = styles.get(id);
  if (!style) {
    const [hue, saturation] = FAMILIES[family];
    const light = dark ? 30 + step * 3 : 78 + step * 3.2;
    styles.set(id, (style = `hsl(${hue + step * 3} ${saturation}% ${light}%)`));
  }
  return style;
}

export interface Box { layer: number; at: number }
export interface Hit { key: number; node: number; from: number; to: number; layer: number }

export interface FlameProps {
  chart: Chart;
  keys: Keys;
  /** What the root's box says. */
  title: string;
  search: string;
  selected: number; // key, or -1
  label: string;
  upwards?: boolean; // callers: the root at the bottom
  words: (value: number) => string;
  onSelect: (hit: Hit | null) => void;
  onHover: (hit: Hit | null, x: number, y: number) => void;
  onOpen: (hit: Hit) => void;
  actions?: (zoom: { in: () => void; out: () => void; reset: () => void }) => void;
}

export const isDark = (): boolean => {
  const set = document.documentElement.getAttribute('data-theme');
  return set ? set === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
};

/** The first box of a layer that ends behind x. */
function firstAfter(to: Float64Array, x: number): number {
  let low = 0;
  let high = to.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (to[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Zoom { from: number; to: number }

function draw(canvas: HTMLCanvasElement, p: FlameProps, zoom: Zoom, focus: Hit | null): void {
  const width = canvas.clientWidth;
  const layers = Math.min(p.chart.layers.length, MOST_LAYERS);
  const height = layers * BOX_PX;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const g = canvas.getContext('2d')!;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  g.font = FONT;
  g.textBaseline = 'middle';
  const dark = isDark();
  const text = color('--text');
  const quiet = color('--soft');
  const hot = color('--hot');
  const scale = width / (zoom.to - zoom.from);
  const wanted = p.search.toLowerCase();
  const skip = SMALLEST_PX / scale;
  const { tree } = p.chart;
  for (let l = 0; l < layers; l++) {
    const layer = p.chart.layers[l]!;
    const y = (p.upwards ? layers - 1 - l : l) * BOX_PX;
    for (let i = firstAfter(layer.to, zoom.from); i < layer.from.length && layer.from[i]! < zoom.to;) {
      const from = layer.from[i]!;
      const to = layer.to[i]!;
      const x = Math.max(0, (from - zoom.from) * scale);
      const w = Math.min(width, (to - zoom.from) * scale) - x;
      const node = layer.node[i]!;
      const key = tree.key[node]!;
      if (w < SMALLEST_PX * 2) {
        // Too narrow for a box: one thin mark for all that share its pixel.
        g.fillStyle = fillOfKey(p.keys, key, dark);
        g.globalAlpha = wanted ? 0.3 : 0.6;
        g.fillRect(x, y, Math.max(w, 0.6), BOX_PX - 1);
        g.globalAlpha = 1;
        const next = firstAfter(layer.to, Math.max(to, from + skip));
        i = Math.max(i + 1, next);
        continue;
      }
      const name = key < 0 ? p.title : p.keys.label(key);
      const found = wanted !== '' && name.toLowerCase().includes(wanted);
      g.fillStyle = wanted && !found ? quiet : fillOfKey(p.keys, key, dark);
      g.fillRect(x, y, Math.max(w - 0.7, 0.5), BOX_PX - 1);
      const isFocus = focus && focus.layer === l && focus.from === from;
      if (isFocus || (p.selected >= 0 && key === p.selected)) {
        g.strokeStyle = isFocus ? text : hot;
        g.lineWidth = 2;
        g.strokeRect(x + 1, y + 1, Math.max(w - 2.7, 1), BOX_PX - 3);
      }
      if (w > TEXT_FROM_PX) {
        const letters = Math.floor((w - 8) / LETTER_PX);
        g.fillStyle = text;
        if (wanted && !found) g.globalAlpha = 0.55;
        g.fillText(name.length > letters ? `${name.slice(0, Math.max(1, letters - 1))}…` : name, x + 4, y + BOX_PX / 2);
        g.globalAlpha = 1;
      }
      i++;
    }
  }
}

function hitAt(canvas: HTMLCanvasElement, p: FlameProps, zoom: Zoom, clientX: number, clientY: number): Hit | null {
  const r = canvas.getBoundingClientRect();
  const layers = Math.min(p.chart.layers.length, MOST_LAYERS);
  const row = Math.floor((clientY - r.top) / BOX_PX);
  const l = p.upwards ? layers - 1 - row : row;
  const layer = p.chart.layers[l];
  if (!layer) return null;
  const x = zoom.from + ((clientX - r.left) / r.width) * (zoom.to - zoom.from);
  const i = firstAfter(layer.to, x);
  if (i >= layer.from.length || layer.from[i]! > x) return null;
  return hitOf(p, l, i);
}

function hitOf(p: FlameProps, l: number, i: number): Hit {
  const layer = p.chart.layers[l]!;
  const node = layer.node[i]!;
  return { key: p.chart.tree.key[node]!, node, from: layer.from[i]!, to: layer.to[i]!, layer: l };
}

/** The box that the arrow leads to. */
function neighbour(p: FlameProps, focus: Hit | null, key: string): Hit | null {
  if (!focus) return hitOf(p, 0, 0);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const layer = p.chart.layers[focus.layer]!;
  const at = firstAfter(layer.to, focus.from);
  if (step) {
    const i = at + step;
    return i >= 0 && i < layer.from.length ? hitOf(p, focus.layer, i) : focus;
  }
  const l = focus.layer + ((key === 'ArrowDown') !== (p.upwards ?? false) ? 1 : -1);
  const other = p.chart.layers[l];
  if (!other) return focus;
  const i = firstAfter(other.to, focus.from);
  return i < other.from.length && other.from[i]! < focus.to ? hitOf(p, l, i) : focus;
}

interface Shown { chart: Chart; keys: Keys; /** To the focus. */ zoomed?: boolean }

/** Charts in the order of time have no place for a node: it is drawn many times. */
const isTimeOrder = (c: Chart): boolean => c.start === null;

/** The box of the new chart that has the names of the old one, from the root on. */
function stillThere(was: Shown, p: FlameProps, focus: Hit | null): Hit | null {
  if (!focus || isTimeOrder(was.chart) || isTimeOrder(p.chart)) return null;
  const names: string[] = [];
  for (let n = focus.node; n > 0; n = was.chart.tree.parent[n]!) names.push(was.keys.label(was.chart.tree.key[n]!));
  const { tree, start } = p.chart;
  let node = 0;
  for (const name of names.reverse()) {
    node = tree.parent.findIndex((parent, i) => i > 0 && parent === node && p.keys.label(tree.key[i]!) === name);
    if (node < 0) return null;
  }
  const layer = tree.depth[node]! - (tree.depth[p.chart.layers[0]!.node[0]!] ?? 0);
  return layer < 0 ? null : { key: tree.key[node]!, node, from: start![node]!, to: start![node]! + tree.total[node]!, layer };
}

export function FlameCanvas(p: FlameProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const zoom = useRef<Zoom>({ from: 0, to: p.chart.width || 1 });
  const focus = useRef<Hit | null>(null);
  const [said, say] = useState('');
  const frame = useRef(0);
  const props = useRef(p);
  props.current = p;
  const paint = () => {
    if (frame.current) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      if (!canvas.current?.isConnected) return;
      const start = performance.now();
      draw(canvas.current, props.current, zoom.current, focus.current);
      told('flame frame', start);
    });
  };
  const limit = (from: number, to: number) => {
    const width = props.current.chart.width || 1;
    const span = Math.min(width, Math.max(to - from, width * 1e-7));
    const left = Math.min(Math.max(0, from), width - span);
    zoom.current = { from: left, to: left + span };
    paint();
  };
  const zoomBy = (factor: number, at?: number) => {
    const { from, to } = zoom.current;
    const middle = at ?? (focus.current ? (Math.max(from, focus.current.from) + Math.min(to, focus.current.to)) / 2 : (from + to) / 2);
    limit(middle - (middle - from) * factor, middle + (to - middle) * factor);
  };
  const last = useRef<Shown | null>(null);
  const goTo = (hit: Hit) => {
    last.current!.zoomed = true;
    limit(hit.from, hit.to);
  };
  const reset = () => {
    last.current!.zoomed = false;
    limit(0, props.current.chart.width);
  };
  useEffect(() => {
    const was = last.current;
    last.current = { chart: p.chart, keys: p.keys };
    const stays = was ? stillThere(was, p, focus.current) : null;
    // In the order of time the same seconds stay; else the box that was zoomed to.
    if (!(was && was.chart !== p.chart && isTimeOrder(was.chart) && isTimeOrder(p.chart))) {
      zoom.current = stays && was!.zoomed ? { from: stays.from, to: stays.to } : { from: 0, to: p.chart.width || 1 };
    }
    last.current.zoomed = stays !== null && was!.zoomed === true;
    if (p.actions && focus.current) p.onSelect(stays);
    focus.current = stays;
    p.actions?.({ in: () => zoomBy(0.6), out: () => zoomBy(1 / 0.6), reset });
    paint();
  }, [p.chart]);
  useEffect(paint, [p.search, p.selected, p.title, painted.value]);
  useEffect(() => {
    const size = new ResizeObserver(paint);
    size.observe(canvas.current!);
    const wheel = (e: WheelEvent) => {
      const r = canvas.current!.getBoundingClientRect();
      const { from, to } = zoom.current;
      if (e.ctrlKey || e.metaKey || e.altKey) {
        e.preventDefault();
        zoomBy(Math.exp(e.deltaY * 0.004), from + ((e.clientX - r.left) / r.width) * (to - from));
      } else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
        e.preventDefault();
        const by = ((e.deltaX || e.deltaY) / r.width) * (to - from);
        limit(from + by, to + by);
      }
    };
    canvas.current!.addEventListener('wheel', wheel, { passive: false });
    return () => {
      size.disconnect();
      cancelAnimationFrame(frame.current);
      canvas.current?.removeEventListener('wheel', wheel);
    };
  }, []);
  const drag = useRef<{ x: number; from: number; to: number; moved: boolean } | null>(null);
  const onPointerMove = (e: PointerEvent) => {
    const d = drag.current;
    if (d && e.buttons) {
      const r = canvas.current!.getBoundingClientRect();
      if (Math.abs(e.clientX - d.x) > 3) d.moved = true;
      if (d.moved) {
        const by = ((d.x - e.clientX) / r.width) * (d.to - d.from);
        limit(d.from + by, d.to + by);
        p.onHover(null, 0, 0);
        return;
      }
    }
    p.onHover(hitAt(canvas.current!, p, zoom.current, e.clientX, e.clientY), e.clientX, e.clientY);
  };
  const onClick = (e: MouseEvent) => {
    const moved = drag.current?.moved;
    drag.current = null;
    if (moved) return;
    const hit = hitAt(canvas.current!, p, zoom.current, e.clientX, e.clientY);
    focus.current = hit;
    p.onSelect(hit);
    if (hit && e.detail > 1) p.onOpen(hit);
    else if (hit) goTo(hit);
    paint();
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey) return;
    if (e.key.startsWith('Arrow')) {
      focus.current = neighbour(p, focus.current, e.key);
      const hit = focus.current;
      if (hit) {
        const name = hit.key < 0 ? p.title : p.keys.label(hit.key);
        say(`${name}, ${p.words(hit.to - hit.from)}`);
        p.onSelect(hit);
        const { from, to } = zoom.current;
        if (hit.to <= from || hit.from >= to) limit(hit.from - (to - from) / 4, hit.from + ((to - from) * 3) / 4);
      }
    } else if (e.key === 'Enter' && focus.current) goTo(focus.current);
    else if (e.key === ' ' && focus.current) p.onOpen(focus.current);
    else return;
    e.preventDefault();
    paint();
  };
  const layers = Math.min(p.chart.layers.length, MOST_LAYERS);
  return (
    <>
      <canvas ref={canvas} tabIndex={0} role="application" aria-label={p.label} style={{ height: `${layers * BOX_PX}px` }}
        onPointerDown={(e) => (drag.current = { x: e.clientX, ...zoom.current, moved: false })}
        onPointerMove={onPointerMove} onPointerLeave={() => p.onHover(null, 0, 0)} onClick={onClick} onKeyDown={onKey} />
      <span class="sr" role="status" aria-live="polite">{said}</span>
    </>
  );
}
