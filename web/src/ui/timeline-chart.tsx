/* The timeline of the program. Dragging over it chooses a time range, and all that
 * is below follows while it moves; two fields do the same for the keyboard. */
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { bytes, seconds } from '../profile-logic/numbers';
import type { Timeline } from '../profile-logic/timeline';
import { painted } from '../state/preferences';
import { profile, set, timeline, url, view } from '../state/store';
import { frameOf, paintTimeline, type Scales, scalesOf } from './timeline-paint';

const SHORTEST_DRAG_PX = 4; // less is a click: it clears
const LIVE_MS = 40; // a view that takes longer follows when the drag ends

const digits = (x: number) => String(Math.round(x * 1000) / 1000);

function RangeFields({ end }: { end: number }) {
  const { from, to } = url.value;
  return (
    <span class="range">
      <label class="dim">from <input type="number" aria-label="From second" min={0} max={end} step="any" value={digits(from)} onChange={(e) => set({ from: Math.max(0, Number(e.currentTarget.value) || 0) })} /></label>
      <label class="dim">to <input type="number" aria-label="To second" min={0} max={end} step="any" value={digits(to || end)} onChange={(e) => set({ to: Number(e.currentTarget.value) || 0 })} /> s</label>
      <button type="button" disabled={!(from > 0 || to > 0)} onClick={() => set({ from: 0, to: 0 })}>Whole run</button>
    </span>
  );
}

const pointed = signal(-1); // the step under the pointer

function Reading({ t }: { t: Timeline }) {
  const i = pointed.value;
  if (i < 0 || i >= t.starts.length) return <b>CPUs busy</b>;
  return <b class="num">at {seconds(t.starts[i]!)}</b>;
}

/** The last mark before the pointer. */
function markAt(s: number): string {
  let text = '';
  for (const m of profile.value!.marks) if (m.atS <= s) text = m.text;
  return text;
}

function Legend({ t }: { t: Timeline }) {
  const i = pointed.value;
  const at = (row: Float64Array) => (i >= 0 && i < row.length ? row[i]!.toFixed(2) : '');
  const size = (row: Float64Array) => (i >= 0 && i < row.length ? bytes(row[i]!) : '');
  return (
    <span class="legend num">
      <Reading t={t} />
      <span><i class="swatch k-python" />Python {at(t.busy[0]!)}</span><span><i class="swatch k-native" />native {at(t.busy[1]!)}</span><span><i class="swatch k-system" />system {at(t.busy[2]!)}</span>
      {t.live && <span><i class="swatch k-memory" />memory {size(t.live)}</span>}
      {i >= 0 && t.starts[i] !== undefined && markAt(t.starts[i]! + t.stepS) && <span>since {markAt(t.starts[i]! + t.stepS)}</span>}
      {t.rss && <span class="dim">dashed: resident {size(t.rss)}</span>}
    </span>
  );
}

/** Sets the range, at once where the page can follow, else a moment later. */
function follow(from: number, to: number, now: boolean): void {
  if (!now && lastCost > LIVE_MS) return;
  const start = performance.now();
  set({ from, to });
  void view.value;
  lastCost = performance.now() - start;
}
let lastCost = 0;

function Selection({ scales, end, width, height }: { scales: Scales; end: number; width: number; height: number }) {
  const { from, to } = url.value;
  const drawn = dragged.value ?? ((from > 0 || to > 0) ? { from, to: to || end } : null);
  if (!drawn) return null;
  const f = frameOf(width, height, scales.mostBytes > 0);
  const x = (s: number) => f.left + (Math.min(end, s) / end) * (f.right - f.left);
  return <div class="brush" style={{ left: `${x(drawn.from)}px`, width: `${Math.max(1, x(drawn.to) - x(drawn.from))}px`, top: `${f.top}px`, height: `${f.bottom - f.top}px` }} />;
}
const dragged = signal<{ from: number; to: number } | null>(null);

export function TimelineChart() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useRef(signal({ width: 600, height: 130 })).current;
  const t = timeline.value!;
  const scales = useMemo(() => scalesOf(t), [t]);
  const end = Math.max(profile.value!.run.elapsedS, 1e-6);
  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
      paintTimeline(element, t, scales, end, profile.peek()?.marks ?? []);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [t, painted.value]);
  const secondOf = (e: PointerEvent) => {
    const r = canvas.current!.getBoundingClientRect();
    const f = frameOf(r.width, r.height, scales.mostBytes > 0);
    return Math.min(1, Math.max(0, (e.clientX - r.left - f.left) / (f.right - f.left))) * end;
  };
  const drag = useRef<{ s: number; x: number } | null>(null);
  const onMove = (e: PointerEvent) => {
    pointed.value = Math.min(t.starts.length - 1, Math.floor(secondOf(e) / t.stepS));
    if (!drag.current) return;
    const s = secondOf(e);
    dragged.value = { from: Math.min(s, drag.current.s), to: Math.max(s, drag.current.s) };
    if (Math.abs(e.clientX - drag.current.x) >= SHORTEST_DRAG_PX) follow(dragged.value.from, dragged.value.to, false);
  };
  const onUp = (e: PointerEvent) => {
    if (!drag.current) return;
    const range = dragged.value;
    const moved = Math.abs(e.clientX - drag.current.x) >= SHORTEST_DRAG_PX;
    drag.current = null;
    dragged.value = null;
    if (moved && range) follow(range.from, range.to, true);
    else set({ from: 0, to: 0 });
  };
  return (
    <figure class="time" aria-label="Timeline">
      <div class="head"><Legend t={t} /><RangeFields end={end} /></div>
      <div class="plot">
        <canvas ref={canvas} role="img" aria-label="CPUs busy by kind over time; drag to choose a time range"
          onPointerDown={(e) => {
            if (e.button) return;
            canvas.current!.setPointerCapture(e.pointerId);
            drag.current = { s: secondOf(e), x: e.clientX };
          }}
          onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={() => {
            drag.current = null;
            dragged.value = null;
          }} onPointerLeave={() => (pointed.value = -1)} />
        <Selection scales={scales} end={end} width={size.value.width} height={size.value.height} />
      </div>
    </figure>
  );
}
