/* Kinds of time, in the order in which a cost counts them. */
export const KINDS = [
  'python', 'native', 'system',
  'io', 'lock', 'gil', 'sleep', 'child', 'cpu', 'other',
] as const;
export type Kind = (typeof KINDS)[number];

export const CPU_KINDS = 3; // the first ones; the rest is waiting
export const KIND_COUNT = KINDS.length;
export const QUEUE = KINDS.indexOf('cpu'); // ready, but without a CPU
export const OTHER = KINDS.indexOf('other');

export const KIND_WORDS: readonly string[] = [
  'Python', 'native', 'system',
  'I/O', 'lock', 'GIL', 'sleep', 'child process', 'CPU queue', 'other',
];

/** What stands as innermost frame where the time is not the function's own. */
export const LEAVES: readonly (string | null)[] = [
  null, null, '[kernel]',
  '[waiting: I/O]', '[waiting: lock]', '[waiting: GIL]', '[waiting: sleep]',
  '[waiting: child process]', '[waiting: CPU queue]', '[waiting: other]',
];
export const GC_LEAF = '[garbage collector]';
