/* Made-up profiles in the format of docs/profile-format.md: with memory, huge,
 * hostile. Numbers come from a fixed seed, so that every run makes the same. */

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Row = Record<string, number>;
const columns = (names: string[], rows: Row[]) =>
  Object.fromEntries(names.map((n) => [n, rows.map((r) => r[n] ?? 0)]));

export interface Shape {
  lines: number; // of the program's one file
  active: number; // of these: with time
  samples: number;
  stacks: number;
  memory?: boolean;
  seconds?: number;
  seed?: number;
  name?: string;
}

const COUNTS = ['samples_taken', 'samples_overrun', 'samples_lost', 'samples_unreadable', 'samples_truncated', 'waits_read', 'waits_torn',
  'waits_unreadable', 'native_unwound', 'native_cut', 'native_unnamed', 'threads_unsampled', 'processes_unrecorded', 'records_damaged',
  'allocations_sampled', 'deallocations_sampled', 'allocations_lost', 'copies_sampled'];

/** Source with functions of 20 lines, loops in them. */
function makeSource(lines: number): string {
  const out: string[] = [];
  for (let i = 0; i < lines; i++) {
    const at = i % 20;
    const f = Math.floor(i / 20);
    if (at === 0) out.push(`def work_${f}(values, limit=${f}):`);
    else if (at === 1) out.push(`    """Adds up part ${f} of the values."""`);
    else if (at === 2) out.push('    total = 0');
    else if (at === 3) out.push('    for index, value in enumerate(values):');
    else if (at === 18) out.push('    return total');
    else if (at === 19) out.push('');
    else out.push(`        total += value * ${i} if index < limit else len(str(value))  # step ${at}`);
  }
  return `${out.join('\n')}\n`;
}

export function makeProfile(shape: Shape): Record<string, unknown> {
  const rnd = random(shape.seed ?? 1);
  const seconds = shape.seconds ?? 40;
  const binS = Math.max(0.01, seconds / 4096);
  const bins = Math.ceil(seconds / binS);
  const strings = ['', '/home/u/app/main.py', '/usr/lib/python3.12/json/decoder.py', '/usr/lib/libz.so.1'];
  const functions: Row[] = [];
  const functionCount = Math.ceil(shape.lines / 20);
  for (let f = 0; f < functionCount; f++) {
    strings.push(`work_${f}`);
    functions.push({ name: strings.length - 1, file: 0, first_line: f * 20 + 1 });
  }
  strings.push('JSONDecoder.decode', 'inflate');
  functions.push({ name: strings.length - 2, file: 1, first_line: 330 }, { name: strings.length - 1, file: 2, first_line: 0 });
  const frames: Row[] = [];
  const step = Math.max(1, Math.floor(shape.lines / shape.active));
  for (let line = 5; line <= shape.lines && frames.length < shape.active; line += step) {
    frames.push({ function: Math.floor((line - 1) / 20), line, end_line: line, column: 9, end_column: 35 });
  }
  const own = frames.length;
  frames.push({ function: functionCount, line: 337, end_line: 337, column: 1, end_column: 20 }, { function: functionCount + 1, line: 0, end_line: 0, column: 0, end_column: 0 });
  const stacks: Row[] = [{ parent: 0, frame: -1 }];
  while (stacks.length < shape.stacks) {
    const parent = stacks.length < 50 || rnd() < 0.1 ? 0 : Math.floor(rnd() ** 2 * stacks.length);
    const frame = rnd() < 0.12 ? own + Math.floor(rnd() * 2) : Math.floor(rnd() ** 1.5 * own);
    stacks.push({ parent: parent, frame });
  }
  const samples: Row[] = [];
  for (let i = 0; i < shape.samples; i++) {
    const kind = [0, 0, 0, 0, 1, 1, 2, 3, 6, 4][Math.floor(rnd() * 10)]!;
    samples.push({
      thread: rnd() < 0.7 ? 0 : Math.floor(rnd() * 4), stack: 1 + Math.floor(rnd() ** 2 * (stacks.length - 1)),
      bin: Math.floor((i / shape.samples) * bins), kind, gc: rnd() < 0.02 ? 1 : 0, count: 1,
      seconds: Math.round((0.5 + rnd()) * (seconds / shape.samples) * 1e9) / 1e9,
    });
  }
  const profile: Record<string, unknown> = {
    format: 'solvidia-mem-prof profile', schema_version: 1, version: '0.1.0', program: shape.name ?? 'main.py',
    filename: '/home/u/app/main.py', command: 'python3 main.py', args: ['python3', 'main.py'], entrypoint_dir: '/home/u/app',
    platform: 'Linux 6.1 x86_64, glibc 2.36', cpus: 4, start_time_absolute: 1.76e9, elapsed_time_sec: seconds, exit_status: 0, running: false,
    filter: { scope: 'program', only: [], exclude: [], program_path: '', cpu_only: false, from_s: 0, to_s: null, process: null, thread: null },
    ledger: { ...Object.fromEntries(COUNTS.map((name) => [name, 0])), samples_taken: shape.samples, collector_rss_bytes: 4e7, alloc_interval_least_bytes: 65536, alloc_interval_most_bytes: 131072, interval_asked_s: 0.004, interval_reached_s: 0.004, recorder_cpu_s: 0.12, collector_cpu_s: 0.3 },
    processes: [{ pid: 4242, parent: null, command: 'python3 main.py', interpreter: 'CPython 3.12.1', executable: '/usr/bin/python3', recording: 'recorded', note: '', start_s: 0, end_s: seconds, exit_status: 0, running: false, rusage_user_s: seconds, rusage_system_s: 0.4, startup_s: 0.02 }],
    threads: [0, 1, 2, 3].map((i) => ({ process: 0, tid: 4242 + i, name: i ? `worker-${i}` : 'MainThread', main: i === 0, python: true, start_s: 0, end_s: seconds, cpu_s: seconds / 4 })),
    facts: {
      bin_s: binS, whole_stacks: true,
      kinds: ['python', 'native', 'system', 'io', 'lock', 'gil', 'sleep', 'child', 'cpu', 'other'],
      strings,
      files: [
        { path: 1, kind: 'source', library: false, program: true, source: makeSource(shape.lines) },
        { path: 2, kind: 'source', library: true, program: false },
        { path: 3, kind: 'native', library: true, program: false, stripped: false },
      ],
      functions: columns(['name', 'file', 'first_line'], functions),
      frames: columns(['function', 'line', 'end_line', 'column', 'end_column'], frames),
      stacks: columns(['parent', 'frame'], stacks),
      samples: columns(['thread', 'stack', 'bin', 'kind', 'gc', 'count', 'seconds'], samples),
    },
  };
  if (shape.memory) addMemory(profile, rnd, { bins: 400, stacks: stacks.length, seconds });
  return profile;
}

const MIB = 1 << 20;

/** Stack 1 leaks 2 MiB a second, stack 2 holds 64 MiB for a while, the rest churns. */
function addMemory(profile: Record<string, unknown>, rnd: () => number, s: { bins: number; stacks: number; seconds: number }): void {
  const allocations: Row[] = [];
  const highs: Row[] = [];
  const leakSteps = 40;
  for (let i = 0; i < leakSteps; i++) {
    const bytes = (2 * MIB * s.seconds) / leakSteps;
    const bin = Math.floor(((i + 0.5) / leakSteps) * s.bins);
    allocations.push({ thread: 0, stack: 1, bin, end_bin: -1, domain: 0, samples: 8, bytes, count: 500, variance: (bytes / 20) ** 2, largest: 4096 });
    highs.push({ thread: 0, stack: 1, bin, domain: 0, bytes: bytes * (i + 1) });
  }
  const held = { from: Math.floor(s.bins * 0.3), to: Math.floor(s.bins * 0.6) };
  allocations.push({ thread: 0, stack: 2, bin: held.from, end_bin: held.to, domain: 1, samples: 1, bytes: 64 * MIB, count: 1, variance: 0, largest: 64 * MIB });
  highs.push({ thread: 0, stack: 2, bin: held.from, domain: 1, bytes: 64 * MIB }, { thread: 0, stack: 2, bin: held.to, domain: 1, bytes: 64 * MIB });
  for (let i = 0; i < 300; i++) {
    const bin = Math.floor(rnd() * (s.bins - 1));
    const stack = 3 + Math.floor(rnd() * Math.min(60, s.stacks - 3));
    const bytes = rnd() * 3 * MIB;
    allocations.push({ thread: 0, stack, bin, end_bin: Math.min(s.bins - 1, bin + Math.floor(rnd() * 20)), domain: rnd() < 0.6 ? 0 : 1, samples: 3, bytes, count: 40, variance: (bytes / 3) ** 2, largest: bytes / 4 });
    highs.push({ thread: 0, stack, bin, domain: 0, bytes });
  }
  const peak = 64 * MIB + 2 * MIB * s.seconds * 0.6;
  const footprints: Row[] = [];
  for (let i = 0; i < 200; i++) {
    const at = i / 200;
    footprints.push({ process: 0, bin: Math.floor(at * s.bins), rss: 20 * MIB + 2 * MIB * s.seconds * at + (at >= 0.3 && at < 0.6 ? 64 * MIB : 0), tracked: 2 * MIB * s.seconds * at });
  }
  const facts = profile.facts as Record<string, unknown>;
  Object.assign(facts, {
    memory_bin_s: s.seconds / s.bins, peak_bytes: peak, peak_s: s.seconds * 0.599, domains: ['python', 'native', 'mapped'],
    allocations: columns(['thread', 'stack', 'bin', 'end_bin', 'domain', 'samples', 'bytes', 'count', 'variance', 'largest'], allocations),
    deallocations: columns(['thread', 'stack', 'bin', 'samples', 'bytes'], [{ thread: 0, stack: 2, bin: held.to, samples: 1, bytes: 64 * MIB }]),
    highs: columns(['thread', 'stack', 'bin', 'domain', 'bytes'], highs),
    at_peaks: columns(['thread', 'stack', 'domain', 'samples', 'bytes'], [
      { thread: 0, stack: 1, domain: 0, samples: 200, bytes: 2 * MIB * s.seconds * 0.6 },
      { thread: 0, stack: 2, domain: 1, samples: 1, bytes: 64 * MIB },
    ]),
    copies: columns(['thread', 'stack', 'bin', 'samples', 'bytes', 'variance'], [
      { thread: 0, stack: 5, bin: 10, samples: 12, bytes: 300 * MIB, variance: 0 },
      { thread: 0, stack: 9, bin: Math.floor(s.bins / 2), samples: 4, bytes: 80 * MIB, variance: 0 },
    ]),
    footprints: columns(['process', 'bin', 'rss', 'anon', 'file', 'shmem', 'tracked', 'arenas', 'arena_used'], footprints),
  });
  Object.assign(profile, { memory: true, peak_bytes: peak, max_footprint_mb: (peak + 12 * MIB) / MIB });
}

const HOSTILE = '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">';

/** Every text that a profile can carry tries to run script. */
export function makeHostile(
  profile: Record<string, unknown> = makeProfile({ lines: 60, active: 8, samples: 300, stacks: 40, memory: true, seconds: 3 }),
): Record<string, unknown> {
  const facts = profile.facts as { strings: string[]; files: { source?: string }[] };
  facts.strings = facts.strings.map((s, i) => (i ? `${s}${HOSTILE}` : s));
  facts.files[0]!.source = Array.from({ length: 60 }, (_, i) => `x = "${HOSTILE}" # ${i} javascript:alert(1)`).join('\n');
  for (const key of ['program', 'command', 'version', 'platform', 'entrypoint_dir']) profile[key] = HOSTILE;
  for (const it of profile.processes as Record<string, unknown>[]) Object.assign(it, { command: HOSTILE, interpreter: HOSTILE, note: HOSTILE });
  for (const it of profile.threads as Record<string, unknown>[]) it.name = HOSTILE;
  return profile;
}
