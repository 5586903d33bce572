/* The picture of the timeline: areas of CPU time, stacked, and lines of memory,
 * with their axes. Drawn here rather than by a library: it is one picture, and the
 * page stays a third smaller. */
import { bytes, seconds } from '../profile-logic/numbers';
import type { Mark } from '../profile-logic/profile';
import type { Timeline } from '../profile-logic/timeline';
import { color } from './small';

export interface Frame { left: number; right: number; top: number; bottom: number; width: number; height: number }
export const LEFT = 30;
const X_AXIS = 18;
const FONT = '11px system-ui, "DejaVu Sans", sans-serif';

export function frameOf(width: number, height: number, memory: boolean): Frame {
  return { left: LEFT, right: width - (memory ? 62 : 10), top: 8, bottom: height - X_AXIS, width, height };
}

/** A step of 1, 2 or 5 times a power of ten (or of two, for bytes). */
export function niceStep(most: number, ticks: number, binary = false): number {
  const raw = most / ticks;
  if (!(raw > 0)) return 1;
  if (binary) return 2 ** Math.ceil(Math.log2(raw));
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5, 10].find((k) => k * power >= raw) ?? 10);
}

export interface Scales { mostCpus: number; mostBytes: number }

export function scalesOf(t: Timeline): Scales {
  let cpus = 1;
  for (let i = 0; i < t.starts.length; i++) cpus = Math.max(cpus, t.busy[0]![i]! + t.busy[1]![i]! + t.busy[2]![i]!);
  let most = 0;
  for (const row of [t.live, t.rss]) if (row) for (const x of row) most = Math.max(most, x);
  return { mostCpus: cpus > 1 ? cpus * 1.05 : 1, mostBytes: most * 1.08 };
}

function axes(g: CanvasRenderingContext2D, f: Frame, s: Scales, end: number): void {
  g.font = FONT;
  g.fillStyle = color('--dim');
  g.strokeStyle = color('--line');
  g.lineWidth = 1;
  const across = (y: number) => {
    g.beginPath();
    g.moveTo(f.left, Math.round(y) + 0.5);
    g.lineTo(f.right, Math.round(y) + 0.5);
    g.stroke();
  };
  g.textAlign = 'right';
  g.textBaseline = 'middle';
  const cpu = niceStep(s.mostCpus, 3);
  g.globalAlpha = 0.6;
  for (let v = 0; v <= s.mostCpus * 1.0001; v += cpu) across(f.bottom - (v / s.mostCpus) * (f.bottom - f.top));
  g.globalAlpha = 1;
  for (let v = 0; v <= s.mostCpus * 1.0001; v += cpu) g.fillText(String(Math.round(v * 100) / 100), f.left - 5, f.bottom - (v / s.mostCpus) * (f.bottom - f.top));
  if (s.mostBytes > 0) {
    const step = niceStep(s.mostBytes, 3, true);
    g.textAlign = 'left';
    for (let v = step; v <= s.mostBytes; v += step) g.fillText(bytes(v).replace(/\.0+ /, ' ').replace('.00', ''), f.right + 5, f.bottom - (v / s.mostBytes) * (f.bottom - f.top));
  }
  g.textAlign = 'center';
  g.textBaseline = 'top';
  const time = niceStep(end, Math.max(2, (f.right - f.left) / 90));
  for (let i = 0; i * time <= end * 1.0001; i++) {
    const x = f.left + ((i * time) / end) * (f.right - f.left);
    if (x > f.right - 14 && i > 0) break;
    g.fillText(seconds(i * time).replace(/\.0+ /, ' '), Math.max(x, f.left + 3), f.bottom + 4);
  }
}

function areas(g: CanvasRenderingContext2D, f: Frame, t: Timeline, s: Scales, end: number): void {
  const x = (v: number) => f.left + (v / end) * (f.right - f.left);
  const y = (v: number) => f.bottom - (v / s.mostCpus) * (f.bottom - f.top);
  const base = new Float64Array(t.starts.length);
  for (const [kind, name] of [[0, '--python'], [1, '--native'], [2, '--system']] as const) {
    g.fillStyle = color(name);
    g.beginPath();
    for (let i = 0; i < base.length; i++) {
      const from = x(t.starts[i]!);
      const to = x(Math.min(end, t.starts[i]! + t.stepS));
      const below = base[i]!;
      const above = below + t.busy[kind]![i]!;
      if (above > below) g.rect(from, y(above), Math.max(to - from, 0.5) + 0.25, y(below) - y(above));
      base[i] = above;
    }
    g.fill();
  }
}

function lines(g: CanvasRenderingContext2D, f: Frame, t: Timeline, s: Scales, end: number): void {
  for (const [row, dash] of [[t.live, []], [t.rss, [4, 3]]] as const) {
    if (!row || !s.mostBytes) continue;
    // A halo keeps the line apart from the areas, whatever their colours.
    for (const [style, width] of [[color('--panel'), 4.5], [color('--memory'), 2]] as const) {
      g.strokeStyle = style;
      g.lineWidth = width;
      g.setLineDash([...dash]);
      g.beginPath();
      for (let i = 0; i < row.length; i++) {
        const px = f.left + (Math.min(end, t.starts[i]! + t.stepS / 2) / end) * (f.right - f.left);
        const py = f.bottom - (row[i]! / s.mostBytes) * (f.bottom - f.top);
        if (i) g.lineTo(px, py);
        else g.moveTo(px, py);
      }
      g.stroke();
    }
  }
  g.setLineDash([]);
}

const MARK_GAP_PX = 60; // of words; a mark without room for them is a line

/** Marks of the program: lines, with their words where there is room. */
function marks(g: CanvasRenderingContext2D, f: Frame, all: readonly Mark[], end: number): void {
  g.strokeStyle = color('--text');
  g.fillStyle = color('--text');
  g.lineWidth = 1;
  g.textAlign = 'left';
  g.textBaseline = 'top';
  let free = -Infinity;
  let drawn = -1;
  for (const m of all) {
    const x = Math.round(f.left + (Math.min(end, m.atS) / end) * (f.right - f.left)) + 0.5;
    if (x === drawn) continue;
    drawn = x;
    g.setLineDash([2, 2]);
    g.beginPath();
    g.moveTo(x, f.top);
    g.lineTo(x, f.bottom);
    g.stroke();
    if (x < free || x > f.right - MARK_GAP_PX) continue;
    const words = m.text.length > 24 ? `${m.text.slice(0, 23)}…` : m.text;
    g.fillText(words, x + 3, f.top);
    free = x + g.measureText(words).width + 10;
  }
  g.setLineDash([]);
}

export function paintTimeline(canvas: HTMLCanvasElement, t: Timeline, s: Scales, end: number, noted: readonly Mark[] = []): void {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const g = canvas.getContext('2d')!;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  const f = frameOf(width, height, s.mostBytes > 0);
  axes(g, f, s, end);
  areas(g, f, t, s, end);
  lines(g, f, t, s, end);
  marks(g, f, noted, end);
}
