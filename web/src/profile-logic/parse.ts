/* A profile's JSON into tables. The file is untrusted: every index and length is
 * checked here, once, and what is wrong is told by the name of its field. */
import { KINDS, KIND_COUNT, OTHER } from './kinds';
import type {
  Allocations, AtPeaks, Copies, Deallocations, FileKind, Footprints, Frames, Functions, Highs,
  Memory, Process, Profile, Run, Samples, SourceFile, Stacks, Thread,
} from './profile';
import { NONE } from './units';

export class ProfileError extends Error {}

const SCHEMA_VERSION = 1;
const TIME_LIMIT_S = 1e15;
const BYTES_LIMIT = 1e18;
const BIN_LIMIT = 1 << 20; // far above what the recorder writes (4096)

type Json = Record<string, unknown>;

function fail(field: string, why: string): never {
  throw new ProfileError(`This is not a readable profile: ${field} ${why}.`);
}

function object(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(field, 'is not an object');
  return value as Json;
}

function array(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) fail(field, 'is not an array');
  return value;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown, fallback = 0): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];
}

/** A time or an amount that must be sensible. */
function amount(value: unknown, field: string, limit: number): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' || !(value >= 0 && value <= limit)) fail(field, 'is out of range');
  return value;
}

/** Reads columns of one table: all of one length. */
class Table {
  readonly length: number;
  constructor(private readonly rows: Json, private readonly name: string, first: string) {
    this.length = array(rows[first], `${name}.${first}`).length;
  }

  private column(key: string): number[] {
    const field = `${this.name}.${key}`;
    const values = array(this.rows[key], field);
    if (values.length !== this.length) fail(field, 'has another length than its table');
    return values as number[];
  }

  /** Whole numbers from `low` to below `high`. One pass: a million rows are usual. */
  whole(key: string, low: number, high: number): Int32Array {
    const values = this.column(key);
    const out = new Int32Array(values.length);
    for (let i = 0; i < out.length; i++) {
      const it = values[i]!;
      out[i] = it;
      if (out[i] !== it || it < low || it >= high) fail(`${this.name}.${key}[${i}]`, 'is out of range');
    }
    return out;
  }

  small(key: string, high: number): Uint8Array {
    const values = this.column(key);
    const out = new Uint8Array(values.length);
    for (let i = 0; i < out.length; i++) {
      const it = values[i]!;
      out[i] = it;
      if (out[i] !== it || it >= high) fail(`${this.name}.${key}[${i}]`, 'is out of range');
    }
    return out;
  }

  amounts(key: string, limit: number, low = 0): Float64Array {
    const values = this.column(key);
    const out = new Float64Array(values.length);
    for (let i = 0; i < out.length; i++) {
      const it = values[i]!;
      if (typeof it !== 'number' || !(it >= low && it <= limit)) fail(`${this.name}.${key}[${i}]`, 'is out of range');
      out[i] = it;
    }
    return out;
  }

  texts(key: string, strings: readonly string[]): string[] {
    return Array.from(this.whole(key, 0, strings.length), (i) => strings[i]!);
  }

  has(key: string): boolean {
    return Array.isArray(this.rows[key]);
  }
}

function readFiles(value: unknown, strings: string[]): SourceFile[] {
  return array(value, 'facts.files').map((it, i) => {
    const file = object(it, `facts.files[${i}]`);
    const path = strings[number(file.path, NONE)];
    if (path === undefined) fail(`facts.files[${i}].path`, 'is no string');
    const kinds: FileKind[] = ['source', 'synthetic', 'native'];
    const kind = kinds.find((k) => k === file.kind);
    if (!kind) fail(`facts.files[${i}].kind`, 'is not known');
    return {
      path, kind,
      library: file.library === true,
      program: file.program === true,
      source: typeof file.source === 'string' ? file.source : null,
    };
  });
}

const LINE_LIMIT = 2 ** 31 - 1;

function readFunctions(value: unknown, strings: string[], files: number): Functions {
  const t = new Table(object(value, 'facts.functions'), 'facts.functions', 'name');
  const name = t.whole('name', 0, strings.length);
  return {
    length: t.length,
    name: Array.from(name, (i) => strings[i]!),
    file: t.whole('file', 0, files),
    firstLine: t.whole('first_line', 0, LINE_LIMIT),
  };
}

function readFrames(value: unknown, functions: number): Frames {
  const t = new Table(object(value, 'facts.frames'), 'facts.frames', 'function');
  return {
    length: t.length,
    function: t.whole('function', 0, functions),
    line: t.whole('line', 0, LINE_LIMIT),
    endLine: t.whole('end_line', 0, LINE_LIMIT),
    column: t.whole('column', 0, LINE_LIMIT),
    endColumn: t.whole('end_column', 0, LINE_LIMIT),
  };
}

function readStacks(value: unknown, frames: number): Stacks {
  const t = new Table(object(value, 'facts.stacks'), 'facts.stacks', 'parent');
  const parent = t.whole('parent', NONE, Math.max(t.length, 1));
  const frame = t.whole('frame', NONE, frames);
  if (t.length === 0) fail('facts.stacks', 'lacks the empty stack');
  for (let i = 1; i < t.length; i++) {
    if (parent[i]! < 0 || parent[i]! >= i) fail(`facts.stacks.parent[${i}]`, 'does not stand before its child');
    if (frame[i]! < 0) fail(`facts.stacks.frame[${i}]`, 'is none');
  }
  parent[0] = NONE;
  frame[0] = NONE;
  return { length: t.length, parent, frame };
}

/** Kinds go by name: another version may number them otherwise. */
function kindNumbers(value: unknown): Uint8Array {
  return Uint8Array.from(array(value, 'facts.kinds'), (name) => {
    const i = KINDS.indexOf(name as (typeof KINDS)[number]);
    return i < 0 ? OTHER : i;
  });
}

function readSamples(facts: Json, threads: number, stacks: number): Samples {
  const t = new Table(object(facts.samples, 'facts.samples'), 'facts.samples', 'thread');
  const numbers = kindNumbers(facts.kinds);
  const kind = t.small('kind', Math.min(numbers.length, 255));
  const same = numbers.every((k, i) => k === i) && numbers.length <= KIND_COUNT;
  if (!same) for (let i = 0; i < kind.length; i++) kind[i] = numbers[kind[i]!]!;
  return {
    length: t.length,
    thread: t.whole('thread', 0, threads),
    stack: t.whole('stack', 0, stacks),
    bin: t.whole('bin', 0, BIN_LIMIT),
    kind,
    gc: t.small('gc', 2),
    count: t.amounts('count', Number.MAX_SAFE_INTEGER),
    seconds: t.amounts('seconds', TIME_LIMIT_S),
  };
}

/** The table of this name; one without rows where it is not there. */
function optional(facts: Json, key: string, columns: string[]): Table {
  const there = facts[key] === undefined || facts[key] === null
    ? Object.fromEntries(columns.map((c) => [c, []]))
    : object(facts[key], `facts.${key}`);
  return new Table(there, `facts.${key}`, columns[0]!);
}

function readAllocations(facts: Json, threads: number, stacks: number): Allocations {
  const t = optional(facts, 'allocations', ['thread', 'stack', 'bin', 'end_bin', 'domain',
    'samples', 'bytes', 'count', 'variance', 'largest']);
  return {
    length: t.length,
    thread: t.whole('thread', 0, threads),
    stack: t.whole('stack', 0, stacks),
    bin: t.whole('bin', 0, BIN_LIMIT),
    endBin: t.whole('end_bin', NONE, BIN_LIMIT),
    domain: t.small('domain', 4),
    samples: t.amounts('samples', Number.MAX_SAFE_INTEGER),
    bytes: t.amounts('bytes', BYTES_LIMIT),
    count: t.amounts('count', BYTES_LIMIT),
    variance: t.amounts('variance', 1e300),
    largest: t.amounts('largest', BYTES_LIMIT),
  };
}

function readDeallocations(facts: Json, threads: number, stacks: number): Deallocations {
  const t = optional(facts, 'deallocations', ['thread', 'stack', 'bin', 'bytes']);
  return {
    length: t.length,
    thread: t.whole('thread', 0, threads),
    stack: t.whole('stack', 0, stacks),
    bin: t.whole('bin', 0, BIN_LIMIT),
    bytes: t.amounts('bytes', BYTES_LIMIT),
  };
}

function readHighs(facts: Json, threads: number, stacks: number): Highs {
  const t = optional(facts, 'highs', ['thread', 'stack', 'bin', 'domain', 'bytes']);
  return {
    length: t.length,
    thread: t.whole('thread', 0, threads),
    stack: t.whole('stack', 0, stacks),
    bin: t.whole('bin', 0, BIN_LIMIT),
    domain: t.small('domain', 4),
    bytes: t.amounts('bytes', BYTES_LIMIT),
  };
}

function readAtPeaks(facts: Json, threads: number, stacks: number): AtPeaks {
  const t = optional(facts, 'at_peaks', ['thread', 'stack', 'domain', 'bytes']);
  return {
    length: t.length,
    thread: t.whole('thread', 0, threads),
    stack: t.whole('stack', 0, stacks),
    domain: t.small('domain', 4),
    bytes: t.amounts('bytes', BYTES_LIMIT),
  };
}

function readCopies(facts: Json, threads: number, stacks: number): Copies {
  const t = optional(facts, 'copies', ['thread', 'stack', 'bin', 'bytes']);
  return {
    length: t.length,
    thread: t.whole('thread', 0, threads),
    stack: t.whole('stack', 0, stacks),
    bin: t.whole('bin', 0, BIN_LIMIT),
    bytes: t.amounts('bytes', BYTES_LIMIT),
  };
}

function readFootprints(facts: Json, processes: number): Footprints {
  const t = optional(facts, 'footprints', ['process', 'bin', 'rss', 'tracked']);
  return {
    length: t.length,
    process: t.whole('process', 0, processes),
    bin: t.whole('bin', 0, BIN_LIMIT),
    rss: t.amounts('rss', BYTES_LIMIT),
    tracked: t.has('tracked') ? t.amounts('tracked', BYTES_LIMIT) : new Float64Array(t.length),
  };
}

/** Of a file that was written for the whole run. */
function readPeakSlack(top: Json): number {
  const f = (typeof top.filter === 'object' && top.filter ? top.filter : {}) as Json;
  const isWhole = !f.from_s && [f.to_s, f.process, f.thread].every((it) => it === null || it === undefined);
  return isWhole ? Math.max(0, number(top.max_footprint_mb) * 2 ** 20 - number(top.peak_bytes)) : 0;
}

function readMemory(top: Json, facts: Json, p: { threads: number; stacks: number; processes: number }): Memory | null {
  if (!facts.allocations && !facts.footprints) return null;
  const memory: Memory = {
    peak: amount(facts.peak_bytes ?? facts.peak, 'facts.peak_bytes', BYTES_LIMIT),
    peakSlack: readPeakSlack(top),
    peakS: amount(facts.peak_s, 'facts.peak_s', TIME_LIMIT_S),
    binS: amount(facts.memory_bin_s ?? facts.bin_s, 'facts.memory_bin_s', TIME_LIMIT_S),
    allocations: readAllocations(facts, p.threads, p.stacks),
    deallocations: readDeallocations(facts, p.threads, p.stacks),
    highs: readHighs(facts, p.threads, p.stacks),
    atPeaks: readAtPeaks(facts, p.threads, p.stacks),
    copies: readCopies(facts, p.threads, p.stacks),
    footprints: readFootprints(facts, p.processes),
  };
  if (!(memory.binS > 0)) fail('facts.memory_bin_s', 'is not greater than 0');
  if (!memory.peak) memory.peak = memory.atPeaks.bytes.reduce((a, b) => a + b, 0);
  return memory;
}

interface Sizes { threads: number; stacks: number; processes: number; functions: number }

function readTasks(facts: Json, strings: string[], n: Sizes): Pick<Profile, 'tasks' | 'awaits' | 'awaitLines' | 'awaitReasons'> {
  if (facts.tasks === undefined) return { tasks: null, awaits: null, awaitLines: null, awaitReasons: [] };
  const t = optional(facts, 'tasks', ['thread', 'name', 'function', 'peak', 'await_s', 'wait_s', 'cpu_s']);
  const a = optional(facts, 'awaits', ['task', 'stack', 'on', 'peak', 'await_s', 'wait_s']);
  const l = optional(facts, 'await_lines', ['thread', 'function', 'line', 'peak', 'await_s', 'present_s']);
  return {
    awaitReasons: texts(facts.await_reasons),
    tasks: {
      length: t.length, thread: t.whole('thread', 0, n.threads), name: t.texts('name', strings), function: t.whole('function', 0, n.functions),
      peak: t.whole('peak', 0, LINE_LIMIT), awaitS: t.amounts('await_s', TIME_LIMIT_S), waitS: t.amounts('wait_s', TIME_LIMIT_S), cpuS: t.amounts('cpu_s', TIME_LIMIT_S, NONE),
    },
    awaits: {
      length: a.length, task: a.whole('task', 0, t.length), stack: a.whole('stack', 0, n.stacks), on: a.small('on', 255),
      awaitS: a.amounts('await_s', TIME_LIMIT_S), waitS: a.amounts('wait_s', TIME_LIMIT_S),
    },
    awaitLines: {
      length: l.length, thread: l.whole('thread', 0, n.threads), function: l.whole('function', 0, n.functions), line: l.whole('line', 0, LINE_LIMIT),
      peak: l.whole('peak', 0, LINE_LIMIT), awaitS: l.amounts('await_s', TIME_LIMIT_S), presentS: l.amounts('present_s', TIME_LIMIT_S),
    },
  };
}

/** What the program says of itself. */
function readSaid(facts: Json, strings: string[], n: Sizes): Pick<Profile, 'regions' | 'marks' | 'selected'> {
  const r = optional(facts, 'regions', ['name', 'process', 'thread', 'count', 'nested', 'open', 'total_s', 'min_s', 'max_s', 'first_s', 'last_s']);
  const m = optional(facts, 'marks', ['text', 'process', 'thread', 'at_s']);
  const [text, process, thread, at] = [m.texts('text', strings), m.whole('process', NONE, n.processes), m.whole('thread', NONE, n.threads), m.amounts('at_s', TIME_LIMIT_S)];
  const count = Number.MAX_SAFE_INTEGER;
  const selected = facts.selected === undefined ? [] : array(facts.selected, 'facts.selected');
  for (const fn of selected) if (!Number.isInteger(fn) || (fn as number) < 0 || (fn as number) >= n.functions) fail('facts.selected', 'is out of range');
  return {
    regions: r.length === 0 ? null : {
      length: r.length, name: r.texts('name', strings), process: r.whole('process', NONE, n.processes), thread: r.whole('thread', NONE, n.threads),
      count: r.amounts('count', count), nested: r.amounts('nested', count), open: r.amounts('open', count),
      totalS: r.amounts('total_s', TIME_LIMIT_S), minS: r.amounts('min_s', TIME_LIMIT_S), maxS: r.amounts('max_s', TIME_LIMIT_S),
      firstS: r.amounts('first_s', TIME_LIMIT_S, -TIME_LIMIT_S), lastS: r.amounts('last_s', TIME_LIMIT_S, -TIME_LIMIT_S),
    },
    marks: text.map((it, i) => ({ text: it, process: process[i]!, thread: thread[i]!, atS: at[i]! })),
    selected: Int32Array.from(selected as number[]),
  };
}

function readProcess(value: unknown, i: number, count: number): Process {
  const it = object(value, `processes[${i}]`);
  const parent = it.parent === null || it.parent === undefined ? NONE : number(it.parent, -2);
  if (parent < NONE || parent >= count || parent === i) fail(`processes[${i}].parent`, 'is out of range');
  return {
    pid: number(it.pid), parent,
    members: Math.max(1, number(it.members)),
    command: text(it.command),
    interpreter: text(it.interpreter),
    recording: text(it.recording),
    note: text(it.note),
    startS: amount(it.start_s, `processes[${i}].start_s`, TIME_LIMIT_S),
    endS: amount(it.end_s, `processes[${i}].end_s`, TIME_LIMIT_S),
    exitStatus: typeof it.exit_status === 'number' ? it.exit_status : null,
    running: it.running === true,
    rusageS: number(it.rusage_user_s) + number(it.rusage_system_s),
    startupS: number(it.startup_s),
    peakRss: number(it.peak_rss_bytes ?? it.peak_rss),
    peak: number(it.peak_bytes),
  };
}

function readThread(value: unknown, i: number, processes: number): Thread {
  const it = object(value, `threads[${i}]`);
  const process = number(it.process, NONE);
  if (!Number.isInteger(process) || process < 0 || process >= processes) fail(`threads[${i}].process`, 'is out of range');
  return {
    process,
    tid: number(it.tid),
    members: Math.max(1, number(it.members)),
    name: text(it.name),
    main: it.main === true,
    startS: amount(it.start_s, `threads[${i}].start_s`, TIME_LIMIT_S),
    endS: amount(it.end_s, `threads[${i}].end_s`, TIME_LIMIT_S),
    cpuS: number(it.cpu_s),
  };
}

/** No process may be its own ancestor. */
function checkTree(processes: Process[]): void {
  processes.forEach((_, i) => {
    let at = i;
    for (let steps = 0; at !== NONE; at = processes[at]!.parent) {
      if (++steps > processes.length) fail(`processes[${i}].parent`, 'makes a circle');
    }
  });
}

function readRun(top: Json): Run {
  return {
    version: text(top.version),
    program: text(top.program),
    command: text(top.command),
    directory: text(top.entrypoint_dir),
    platform: text(top.platform),
    cpus: number(top.cpus),
    startUnixS: number(top.start_time_absolute),
    elapsedS: amount(top.elapsed_time_sec, 'elapsed_time_sec', TIME_LIMIT_S),
    exitStatus: typeof top.exit_status === 'number' ? top.exit_status : null,
    running: top.running === true,
  };
}

function readFilter(value: unknown): Profile['filter'] {
  const it = (typeof value === 'object' && value ? value : {}) as Json;
  return {
    scope: it.scope === 'all' ? 'all' : 'program',
    only: texts(it.only),
    exclude: texts(it.exclude),
    programPath: text(it.program_path),
    cpuOnly: it.cpu_only === true,
  };
}

function readLedger(value: unknown): Record<string, number> {
  const out: Record<string, number> = Object.create(null);
  if (typeof value === 'object' && value) {
    for (const [key, it] of Object.entries(value)) if (typeof it === 'number') out[key] = it;
  }
  return out;
}

function checkFormat(top: Json): void {
  if (top.format !== 'solvidia-mem-prof profile') {
    if ('files' in top && 'elapsed_time_sec' in top) {
      throw new ProfileError('This profile was written by Scalene. It holds no stacks to ask again: '
        + '“solvidia-mem-prof view FILE” shows what it has.');
    }
    throw new ProfileError('This file is not a profile of solvidia-mem-prof.');
  }
  if (number(top.schema_version, 0) > SCHEMA_VERSION) {
    throw new ProfileError(`This profile has schema version ${String(top.schema_version)}: a newer page reads it.`);
  }
}

/** Throws ProfileError where the JSON is no profile. */
export function parseProfile(json: unknown): Profile {
  const top = object(json, 'the file');
  checkFormat(top);
  const facts = object(top.facts, 'facts');
  const strings = array(facts.strings, 'facts.strings').map(text);
  const rows = array(top.processes, 'processes');
  const processes = rows.map((it, i) => readProcess(it, i, rows.length));
  checkTree(processes);
  const threads = array(top.threads, 'threads').map((it, i) => readThread(it, i, processes.length));
  const files = readFiles(facts.files, strings);
  const functions = readFunctions(facts.functions, strings, files.length);
  const frames = readFrames(facts.frames, functions.length);
  const stacks = readStacks(facts.stacks, frames.length);
  const binS = amount(facts.bin_s, 'facts.bin_s', TIME_LIMIT_S);
  if (!(binS > 0)) fail('facts.bin_s', 'is not greater than 0');
  const sizes = { threads: threads.length, stacks: stacks.length, processes: processes.length, functions: functions.length };
  return {
    run: readRun(top),
    ledger: readLedger(top.ledger),
    processes, threads, binS, files, functions, frames, stacks,
    wholeStacks: facts.whole_stacks !== false,
    samples: readSamples(facts, threads.length, stacks.length),
    memory: readMemory(top, facts, sizes),
    ...readTasks(facts, strings, sizes),
    ...readSaid(facts, strings, sizes),
    filter: readFilter(top.filter),
  };
}

/** Reads the text of a file. */
export function parseText(json: string): Profile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ProfileError(`This file is not JSON, or was cut off: ${(error as Error).message}.`);
  }
  return parseProfile(value);
}
