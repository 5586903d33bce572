/* The profile in memory: tables of columns, as docs/profile-format.md has them
 * under `facts`. Everything the page shows is computed from these. */
import type { Bytes, Seconds } from './units';

export type FileKind = 'source' | 'synthetic' | 'native';

export interface SourceFile {
  path: string;
  kind: FileKind;
  library: boolean;
  program: boolean;
  /** The text; null where it is not known. */
  source: string | null;
}

export interface Functions {
  length: number;
  name: string[];
  file: Int32Array;
  firstLine: Int32Array;
}

/** Columns are 1-based bytes of UTF-8, 0 where not known. */
export interface Frames {
  length: number;
  function: Int32Array;
  line: Int32Array;
  endLine: Int32Array;
  column: Int32Array;
  endColumn: Int32Array;
}

/** Stack 0 is empty; a parent stands before its children. */
export interface Stacks {
  length: number;
  parent: Int32Array;
  frame: Int32Array;
}

export interface Samples {
  length: number;
  thread: Int32Array;
  stack: Int32Array;
  bin: Int32Array;
  kind: Uint8Array;
  gc: Uint8Array;
  count: Float64Array;
  seconds: Float64Array;
}

export interface Allocations {
  length: number;
  thread: Int32Array;
  stack: Int32Array;
  bin: Int32Array;
  /** -1: alive at the end. */
  endBin: Int32Array;
  domain: Uint8Array;
  samples: Float64Array;
  bytes: Float64Array;
  count: Float64Array;
  variance: Float64Array;
  largest: Float64Array;
}

/** What was freed, by the code that freed it. */
export interface Deallocations {
  length: number;
  thread: Int32Array;
  stack: Int32Array;
  bin: Int32Array;
  bytes: Float64Array;
}

export interface Highs {
  length: number;
  thread: Int32Array;
  stack: Int32Array;
  bin: Int32Array;
  domain: Uint8Array;
  bytes: Float64Array;
}

export interface AtPeaks {
  length: number;
  thread: Int32Array;
  stack: Int32Array;
  domain: Uint8Array;
  bytes: Float64Array;
}

export interface Copies {
  length: number;
  thread: Int32Array;
  stack: Int32Array;
  bin: Int32Array;
  bytes: Float64Array;
}

export interface Footprints {
  length: number;
  process: Int32Array;
  bin: Int32Array;
  rss: Float64Array;
  tracked: Float64Array;
}

export interface Memory {
  peak: Bytes;
  /** What Python's arenas held beside the objects in them at the peak; 0: not known. */
  peakSlack: Bytes;
  peakS: Seconds;
  /** Width of the bins of the memory tables: not always that of the samples'. */
  binS: Seconds;
  allocations: Allocations;
  deallocations: Deallocations;
  highs: Highs;
  atPeaks: AtPeaks;
  copies: Copies;
  footprints: Footprints;
}

/** Tasks of event loops: docs/profile-format.md. */
export interface Tasks {
  length: number;
  thread: Int32Array;
  name: string[];
  function: Int32Array;
  peak: Int32Array;
  awaitS: Float64Array;
  waitS: Float64Array;
  /** -1: not known. */
  cpuS: Float64Array;
}

export interface Awaits {
  length: number;
  task: Int32Array;
  stack: Int32Array;
  on: Uint8Array;
  awaitS: Float64Array;
  waitS: Float64Array;
}

export interface AwaitLines {
  length: number;
  thread: Int32Array;
  function: Int32Array;
  line: Int32Array;
  peak: Int32Array;
  awaitS: Float64Array;
  presentS: Float64Array;
}

/** Regions that the program names, a row for each thread (-1: several). */
export interface Regions {
  length: number;
  name: string[];
  process: Int32Array;
  thread: Int32Array;
  count: Float64Array;
  nested: Float64Array;
  open: Float64Array;
  totalS: Float64Array;
  minS: Float64Array;
  maxS: Float64Array;
  firstS: Float64Array;
  lastS: Float64Array;
}

export interface Mark { atS: Seconds; text: string; process: number; thread: number }

export const DOMAINS = ['python', 'native', 'mapped'] as const;

export interface Process {
  pid: number;
  /** So many processes that have ended are this row; 1: it is one alone. */
  members: number;
  parent: number;
  command: string;
  interpreter: string;
  recording: string;
  note: string;
  startS: Seconds;
  endS: Seconds;
  exitStatus: number | null;
  running: boolean;
  rusageS: Seconds;
  startupS: Seconds;
  peakRss: Bytes;
  /** The most that was alive in it; 0: not known. */
  peak: Bytes;
}

export interface Thread {
  process: number;
  tid: number;
  /** As of a process. */
  members: number;
  name: string;
  main: boolean;
  startS: Seconds;
  endS: Seconds;
  cpuS: Seconds;
}

export interface Ledger {
  /** Counts and figures by the names in the format. */
  readonly [name: string]: number;
}

export interface Run {
  version: string;
  program: string;
  command: string;
  directory: string;
  platform: string;
  cpus: number;
  startUnixS: Seconds;
  elapsedS: Seconds;
  exitStatus: number | null;
  running: boolean;
}

export interface Profile {
  run: Run;
  ledger: Ledger;
  processes: Process[];
  threads: Thread[];
  binS: Seconds;
  wholeStacks: boolean;
  files: SourceFile[];
  functions: Functions;
  frames: Frames;
  stacks: Stacks;
  samples: Samples;
  /** null where memory was not measured. */
  memory: Memory | null;
  /** null, or empty, where the program had none. */
  tasks: Tasks | null;
  awaits: Awaits | null;
  awaitLines: AwaitLines | null;
  awaitReasons: string[];
  regions: Regions | null;
  marks: Mark[];
  /** Decorated functions: with the scope "program" these are what is in scope. */
  selected: Int32Array;
  /** The question that the writer answered: where the page begins. */
  filter: { scope: 'program' | 'all'; only: string[]; exclude: string[]; programPath: string; cpuOnly: boolean };
}
