/* The timeline: CPUs busy by kind, stacked, with memory over it. Dragging over it
 * chooses a time range; two fields do the same for the keyboard. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { bytes, seconds } from '../profile-logic/numbers';
import type { Timeline } from '../profile-logic/timeline';
import { painted } from '../state/preferences';
import { profile, set, timeline, url } from '../state/store';
import { color } from './small';

const HEIGHT = 132;
const SHORTEST_DRAG = 4; // pixels: less is a click

/** Areas are drawn from the highest down: each covers what is below its top. */
function dataOf(t: Timeline, end: number): uPlot.AlignedData {
  const [python, native, system] = t.busy as [Float64Array, Float64Array, Float64Array];
  const two = python.map((x, i) => x + native[i]!);
  const three = two.map((x, i) => x + system[i]!);
  const rows: Float64Array[] = [t.starts, three, two, python];
  if (t.live) rows.push(t.live);
  if (t.rss) rows.push(t.rss);
  // The last step ends where the run ends.
  return rows.map((row, i) => [...row, i ? row[row.length - 1]! : end]) as unknown as uPlot.AlignedData;
}

function area(name: string): uPlot.Series {
  const fill = color(name);
  return { stroke: fill, fill, width: 0, points: { show: false }, paths: uPlot.paths.stepped!({ align: 1 }) };
}

function optionsOf(t: Timeline, width: number, most: number, onSelect: (u: uPlot) => void): uPlot.Options {
  const dim = color('--dim');
  const grid = { stroke: color('--soft'), width: 1 };
  const font = '11px system-ui, sans-serif';
  const memory = t.live || t.rss;
  const series: uPlot.Series[] = [{}, area('--system'), area('--native'), area('--python')];
  const line = (dash?: number[]): uPlot.Series => ({ scale: 'mem', stroke: color('--memory'), width: 2, points: { show: false }, ...(dash ? { dash } : {}) });
  if (t.live) series.push(line());
  if (t.rss) series.push(line([4, 3]));
  const axis = { stroke: dim, font, grid, ticks: { show: false } };
  return {
    width, height: HEIGHT, legend: { show: false }, series, padding: [6, memory ? 0 : 10, 0, 0],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: false, range: [0, most] },
      y: { range: (_u, _min, max) => [0, Math.max(1, max * 1.05)] },
      ...(memory ? { mem: { range: (_u: uPlot, _min: number, max: number) => [0, max * 1.1 || 1] as [number, number] } } : {}),
    },
    axes: [
      { ...axis, size: 22, values: (_u, ticks) => ticks.map((v) => seconds(v)) },
      { ...axis, size: 34, space: 26 },
      ...(memory ? [{ ...axis, scale: 'mem', side: 1, size: 62, space: 26, grid: { show: false }, values: (_u: uPlot, ticks: number[]) => ticks.map((v) => bytes(v)) }] : []),
    ],
    hooks: { setSelect: [onSelect] },
  };
}

function showRange(u: uPlot, from: number, to: number): void {
  if (to <= from) {
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    return;
  }
  const left = u.valToPos(from, 'x');
  u.setSelect({ left, width: u.valToPos(to, 'x') - left, top: 0, height: u.over.clientHeight }, false);
}

function RangeFields({ end }: { end: number }) {
  const { from, to } = url.value;
  const digits = (x: number) => String(Math.round(x * 1000) / 1000);
  return (
    <span class="range">
      <label class="dim">from <input type="number" aria-label="From second" min={0} max={end} step="any" value={digits(from)} onChange={(e) => set({ from: Math.max(0, Number(e.currentTarget.value) || 0) })} /></label>
      <label class="dim">to <input type="number" aria-label="To second" min={0} max={end} step="any" value={digits(to || end)} onChange={(e) => set({ to: Number(e.currentTarget.value) || 0 })} /> s</label>
      {(from > 0 || to > 0) && <button type="button" onClick={() => set({ from: 0, to: 0 })}>Whole run</button>}
    </span>
  );
}

export function TimelineChart() {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const t = timeline.value!;
  const most = Math.max(profile.value!.run.elapsedS, t.stepS);
  const { from, to } = url.value;
  useEffect(() => {
    const element = place.current!;
    const onSelect = (u: uPlot) => {
      if (u.select.width < SHORTEST_DRAG) {
        set({ from: 0, to: 0 });
        return;
      }
      const a = Math.max(0, u.posToVal(u.select.left, 'x'));
      const b = Math.min(most, u.posToVal(u.select.left + u.select.width, 'x'));
      set({ from: a, to: b });
    };
    const u = new uPlot(optionsOf(t, element.clientWidth || 600, most, onSelect), dataOf(t, most), element);
    chart.current = u;
    const size = new ResizeObserver(() => {
      if (element.clientWidth && element.clientWidth !== u.width) u.setSize({ width: element.clientWidth, height: HEIGHT });
      showRange(u, url.peek().from, url.peek().to || (url.peek().from ? most : 0));
    });
    size.observe(element);
    return () => {
      size.disconnect();
      u.destroy();
    };
  }, [t, painted.value]);
  useEffect(() => {
    if (chart.current) showRange(chart.current, from, to || (from ? most : 0));
  }, [from, to]);
  return (
    <figure class="time" aria-label="Timeline">
      <div class="head">
        <span class="legend">
          <b>CPUs busy</b>
          <span><i class="swatch k-python" />Python</span><span><i class="swatch k-native" />native</span><span><i class="swatch k-system" />system</span>
          {t.live && <span><i class="swatch k-memory" />memory{t.rss ? ' (dashed: resident)' : ''}</span>}
        </span>
        <RangeFields end={most} />
      </div>
      <div class="plot" ref={place} role="img" aria-label="CPUs busy by kind over time; drag to choose a time range" title="Drag to choose a time range" />
    </figure>
  );
}
