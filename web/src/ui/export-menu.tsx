/* Saves what is shown in other tools' formats, made here: nothing is sent. */
import { toCollapsed } from '../export/collapsed';
import { toCsv } from '../export/csv';
import { toPprof } from '../export/pprof';
import { toSpeedscope } from '../export/speedscope';
import { files, filter, memory, profile, profileText, view } from '../state/store';
import { toast } from './small';

function save(name: string, content: Blob | string, type = 'text/plain'): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  toast(`${name} saved`);
}

const FORMATS: readonly { name: string; help: string; end: string; make: () => Promise<Blob | string> | Blob | string; type?: string }[] = [
  { name: 'JSON', help: 'the whole profile, as it was read', end: 'json', make: () => profileText.value(), type: 'application/json' },
  { name: 'CSV', help: 'a row a line of code', end: 'csv', make: () => toCsv(view.value!, memory.value, files.value), type: 'text/csv' },
  { name: 'speedscope', help: 'for speedscope.app', end: 'speedscope.json', make: () => toSpeedscope(profile.value!, filter.value!), type: 'application/json' },
  { name: 'pprof', help: 'for go tool pprof', end: 'pb.gz', make: () => toPprof(profile.value!, filter.value!) },
  { name: 'collapsed stacks', help: 'for flamegraph.pl and its like', end: 'collapsed', make: () => toCollapsed(profile.value!, filter.value!) },
];

export function ExportMenu() {
  const base = (profile.value?.run.program.replace(/^.*\//, '').replace(/\.py$/, '').replace(/[^\w.-]+/g, '_') || 'profile').slice(0, 80);
  return (
    <>
      {FORMATS.map((f) => (
        <button type="button" key={f.name} onClick={async () => save(`${base}.${f.end}`, await f.make(), f.type)}>
          {f.name}<small>{f.help}</small>
        </button>
      ))}
      <button type="button" onClick={() => print()}>Print<small>what is shown now</small></button>
    </>
  );
}
