/* The panel of the selected line: all its figures, who called it, what ran in it. */
import { computed } from '@preact/signals';
import { allS, CPU_COUNT, GC, OTHER_WAIT, shareInterval, cpuS } from '../profile-logic/cost';
import { editorLink } from '../profile-logic/editor';
import { lineFigures, memoryOfLines } from '../profile-logic/figures';
import { insideLine, type Named } from '../profile-logic/inside';
import { bounds } from '../profile-logic/leaks';
import { shortPath } from '../profile-logic/names';
import { bytes, count, percent, seconds } from '../profile-logic/numbers';
import { lineIndexOf, makePrompt } from '../profile-logic/prompt';
import { regionCosts } from '../profile-logic/region-costs';
import { sourceOf } from '../profile-logic/source';
import { hottestExpressions } from '../profile-logic/view';
import { editor } from '../state/preferences';
import { server } from '../state/server';
import { memory, profile, select, selected, showInFlame, view } from '../state/store';
import { AiPanel } from './ai';
import { Code } from './code';
import { copy, PARTS } from './small';
import { focusOf } from './source-view';

export function openInEditor(file: number, line: number): void {
  const link = editorLink(editor.value, profile.value!.files[file]!.path, line);
  if (link) location.href = link;
}

export const copyLink = (): void => void copy(location.href, 'Link to the line');

const index = computed(() => (view.value && selected.value.file >= 0 ? lineIndexOf(view.value, selected.value.file, selected.value.line) : -1));
const inside = computed(() => (view.value && index.value >= 0 ? insideLine(view.value, index.value) : null));
const regions = computed(() => (view.value ? regionCosts(view.value) : []));

function List({ title, rows }: { title: string; rows: Named[] }) {
  if (!rows.length) return null;
  return (
    <>
      <h3>{title}</h3>
      <table><tbody>{rows.map((r) => <tr key={r.name}><td class="mono">{r.name}</td><td>{seconds(r.seconds)}</td></tr>)}</tbody></table>
    </>
  );
}

function Times() {
  const v = view.value!;
  const f = lineFigures(v, memory.value, index.value);
  const n = v.total[CPU_COUNT]!;
  const whole = cpuS(v.total);
  const doubt = (s: number) => {
    const it = shareInterval(whole > 0 ? s / whole : 0, n);
    return `${seconds(it.low * whole)} to ${seconds(it.high * whole)}`;
  };
  if (!f.total || (allS(f.costs) <= 0 && allS(f.total) <= 0 && f.costs[OTHER_WAIT]! <= 0)) return f.memory ? null : <p class="dim">Nothing was measured on this line.</p>;
  return (
    <table>
      <tbody>
        <tr><td><b>Time</b></td><td><b>{seconds(allS(f.costs))}</b>, {percent(v.wholeS > 0 ? allS(f.costs) / v.wholeS : 0)}</td></tr>
        {PARTS.filter((p) => p.of(f.costs) > 0).map((p) => (
          <tr key={p.name}><td><i class={`swatch ${p.class}`} style={{ display: 'inline-block' }} /> {p.name}</td>
            <td title={p.name === 'waiting' ? 'counted by the kernel' : `95 % interval: ${doubt(p.of(f.costs))}`}>{seconds(p.of(f.costs))}{p.name !== 'waiting' && <span class="dim"> ({doubt(p.of(f.costs))})</span>}</td></tr>
        ))}
        {allS(f.total) > 0 && <tr><td>with all that it called</td><td>{seconds(allS(f.total))}</td></tr>}
        {f.costs[GC]! > 0 && <tr><td>of it in the garbage collector</td><td>{seconds(f.costs[GC]!)}</td></tr>}
        {f.costs[OTHER_WAIT]! > 0 && <tr><td>other threads waited here</td><td>{seconds(f.costs[OTHER_WAIT]!)}</td></tr>}
        <tr><td class="dim">samples</td><td class="dim">{count(f.costs[CPU_COUNT]!)}</td></tr>
      </tbody>
    </table>
  );
}

function MemoryRows() {
  const m = memory.value?.lines.get(index.value);
  if (!m) return null;
  const sure = bounds(m.allocBytes, m.variance, m.samples);
  return (
    <>
      <h3>Memory</h3>
      <table>
        <tbody>
          <tr><td>allocated</td><td>{bytes(m.allocBytes)} <span class="dim">({bytes(sure.low)} to {bytes(sure.high)})</span></td></tr>
          <tr><td>in about</td><td>{count(m.allocCount)} allocations</td></tr>
          <tr><td>peak</td><td>{bytes(m.peakBytes)}</td></tr>
          <tr><td>average</td><td>{bytes(m.avgBytes)}</td></tr>
          <tr><td>still alive at the end</td><td>{bytes(m.liveBytes)}</td></tr>
          <tr><td>net: less what it freed</td><td>{bytes(m.netBytes)}</td></tr>
          {m.atPeakBytes > 0 && <tr><td>at the program's peak</td><td>{bytes(m.atPeakBytes)}</td></tr>}
          <tr><td>Python objects</td><td>{percent(m.allocBytes ? m.pythonBytes / m.allocBytes : 0)}</td></tr>
          {m.largest > 0 && <tr><td>largest sampled</td><td>{bytes(m.largest)}</td></tr>}
          {m.copyBytes > 0 && <tr><td>library copies</td><td>{bytes(m.copyBytes)}</td></tr>}
          {m.leak && <tr class="leak"><td>leaks</td><td>{bytes(m.leak.rate as number)}/s ({bytes(m.leak.low as number)} to {bytes(m.leak.high as number)})</td></tr>}
        </tbody>
      </table>
    </>
  );
}

/** Loops and functions around the line: what each costs as a whole. */
function Regions() {
  const { file, line } = selected.value;
  const around = regions.value.filter((r) => r.file === file && r.region.first <= line && r.region.last >= line);
  if (!around.length) return null;
  return (
    <>
      <h3>Around it, with all calls</h3>
      <table>
        <tbody>
          {around.reverse().map((r) => {
            const m = memoryOfLines(memory.value, r.lines);
            return (
              <tr key={r.region.first}><td class="mono">{r.region.kind === 'loop' ? r.region.name : `${r.region.kind === 'class' ? 'class' : 'def'} ${r.region.name}`} <span class="dim">{r.region.first}–{r.region.last}</span></td>
                <td>{seconds(allS(r.total))}{m && m.allocBytes > 0 ? `, ${bytes(m.allocBytes)}` : ''}</td></tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

function Buttons() {
  const { file, line } = selected.value;
  const fn = focusOf(file, line);
  const link = editorLink(editor.value, profile.value!.files[file]!.path, line);
  return (
    <div class="buttons">
      {link && <a href={link} title="o">Open in editor</a>}
      {fn >= 0 && <button type="button" title="f" onClick={() => showInFlame(fn)}>Flame graph</button>}
      <button type="button" title="c" onClick={copyLink}>Copy link</button>
      {!server && <button type="button" onClick={() => void copy(makePrompt(view.value!, memory.value, file, line), 'Prompt')} title="For any chat with an AI: what the profile knows of this line">Copy prompt</button>}
    </div>
  );
}

function HowToServe() {
  return (
    <p class="dim ai">With <code>solvidia-mem-prof view profile.json</code> this panel asks an AI for a proposal and verifies it. This file makes no request: “Copy prompt” works with any chat.</p>
  );
}

export function LinePanel() {
  const p = profile.value!;
  const { file, line } = selected.value;
  const expression = index.value >= 0 ? hottestExpressions(view.value!).get(index.value) : undefined;
  return (
    <aside class="panel side" aria-label="The selected line">
      <h2><span class="mono">{shortPath(p, file)}:{line}</span><button type="button" class="plain" aria-label="Close" title="Esc" onClick={() => select(-1, 0)}>✕</button></h2>
      <pre tabIndex={0} aria-label="Source"><Code source={sourceOf(p, file)} line={line} expression={expression} /></pre>
      {expression && expression.share < 0.995 && <p class="dim">The underlined expression takes {percent(expression.share)} of the line's CPU time.</p>}
      <Times />
      {server && <AiPanel file={file} line={line} />}
      <MemoryRows />
      {inside.value && <List title="Runs inside it" rows={inside.value.inner} />}
      {inside.value && <List title="Waits for" rows={inside.value.waits} />}
      {inside.value && <List title="Called from" rows={inside.value.callers} />}
      <Regions />
      <Buttons />
      {!server && <HowToServe />}
    </aside>
  );
}
