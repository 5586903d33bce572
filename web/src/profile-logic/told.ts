/* How long a step took, for browsers' own tools and for the bench. */

/** Keeps the last of each name only: a page may be open for days. */
export function told(name: string, start: number): void {
  performance.clearMeasures(`smp ${name}`);
  performance.measure(`smp ${name}`, { start, end: performance.now() });
}
