/* The page's state in the URL's hash, so that a link shows what its sender saw. */
export type ViewName = 'source' | 'flame' | 'threads' | 'compare';

export interface UrlState {
  view: ViewName;
  grain: string;
  sort: string;
  file: string; // its path
  line: number;
  from: number;
  to: number; // 0: until the end
  process: number; // index + 1; 0: all
  thread: number;
  scope: string;
  only: string;
  exclude: string;
  cpu: boolean;
  threshold: number; // percent
  search: string;
  mode: string; // of the flame graph
  metric: string;
}

export const DEFAULTS: UrlState = {
  view: 'source', grain: 'lines', sort: '', file: '', line: 0, from: 0, to: 0, process: 0, thread: 0,
  scope: '', only: '', exclude: '', cpu: false, threshold: 1, search: '', mode: 'left', metric: 'time',
};

const VIEWS: readonly string[] = ['source', 'flame', 'threads', 'compare'];

/** What is not understood is left out. */
export function readHash(hash: string): UrlState {
  const out: UrlState = { ...DEFAULTS };
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  for (const [key, value] of given) {
    if (!(key in DEFAULTS)) continue;
    const k = key as keyof UrlState;
    const was = DEFAULTS[k];
    if (typeof was === 'number') {
      const n = Number(value);
      if (Number.isFinite(n) && n >= 0) (out[k] as number) = n;
    } else if (typeof was === 'boolean') (out[k] as boolean) = value === '1';
    else if (k !== 'view' || VIEWS.includes(value)) (out[k] as string) = value;
  }
  return out;
}

export function writeHash(state: UrlState): string {
  const out = new URLSearchParams();
  for (const key of Object.keys(DEFAULTS) as (keyof UrlState)[]) {
    if (state[key] === DEFAULTS[key]) continue;
    const value = state[key];
    out.set(key, typeof value === 'boolean' ? '1' : typeof value === 'number' ? String(Math.round(value * 1e6) / 1e6) : value);
  }
  const text = out.toString();
  return text ? `#${text}` : '';
}
