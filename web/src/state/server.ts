/* The local view server's API. Without its mark in the page nothing here is used
 * and the page makes no request at all. */
import { signal } from '@preact/signals';
import { parseText, ProfileError } from '../profile-logic/parse';
import { fail } from './load';
import { loaded, profile, show } from './store';

/** Where the API is, "/TOKEN/"; "" where the page was not served. */
export const server: string = (() => {
  const base = document.querySelector('meta[name="smp-server"]')?.getAttribute('content') ?? '';
  return /^\/[\w-]*\/?$/.test(base) ? base.replace(/\/?$/, '/') : '';
})();

/** live: a run writes the profile anew again and again. */
export const live = signal({ live: false, running: false });
/** A reader can hold the page still. */
export const paused = signal(false);
/** Why the newest profile could not be shown; "" where it is. */
export const behind = signal('');

const RUNNING_MS = 1000;
const QUIET_MS = 3000;
const SHARE = 8; // a page that takes long to change changes that much more seldom
let etag = '';
let version = -1;
let tookMs = 0;

async function fetchProfile(): Promise<void> {
  const answer = await fetch(`${server}api/profile`, { headers: etag ? { 'If-None-Match': etag } : {} });
  if (answer.status === 304) return;
  if (answer.status === 204) {
    loaded.value = { state: 'loading', what: 'Waiting for the first figures of the program' };
    return;
  }
  const text = await answer.text();
  if (!answer.ok) throw new ProfileError(errorText(text) || `the server answered ${answer.status}`);
  const start = performance.now();
  show(parseText(text), async () => text);
  etag = answer.headers.get('ETag') ?? '';
  tookMs = performance.now() - start;
}

/** A newer profile that can't be read leaves the one that is shown. */
async function follow(to: number): Promise<void> {
  try {
    await fetchProfile();
    behind.value = '';
  } catch (error) {
    if (!profile.value) fail(error);
    else behind.value = error instanceof Error ? error.message : String(error);
  }
  version = to;
}

/* Nothing changes under a finger that is down, nor in a page that nobody sees. */
let isHeld = false;
addEventListener('pointerdown', () => (isHeld = true), true);
for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => (isHeld = false), true);
const mayChange = () => !profile.value || !(paused.value || isHeld || document.hidden);

/* The server ends some time after the last page is gone: it wants to hear of us. */
const page = Math.random().toString(36).slice(2);

async function keepAlive(): Promise<void> {
  let everyS = 30;
  try {
    everyS = (await get<{ every_s?: number }>(`ping?page=${page}`)).every_s ?? everyS;
  } catch {
    // It has ended: the page stays as it is.
  }
  setTimeout(keepAlive, everyS * 1000);
}

function sayGoodBye(): void {
  const blob = new Blob([JSON.stringify({ page })], { type: 'application/json' });
  navigator.sendBeacon(`${server}api/bye`, blob);
}

async function poll(): Promise<void> {
  try {
    const state = (await (await fetch(`${server}api/state`)).json()) as { live?: boolean; running?: boolean; version?: number };
    live.value = { live: state.live === true, running: state.running === true };
    const now = state.version ?? 0;
    if (version < 0 && !live.value.live) version = now; // the page came with it
    if (now !== version && mayChange()) await follow(now);
  } catch {
    live.value = { ...live.value, running: false }; // it has ended: what is here stays
  }
  setTimeout(poll, Math.max(live.value.running ? RUNNING_MS : QUIET_MS, SHARE * tookMs));
}

export async function loadServed(embedded: boolean): Promise<void> {
  if (!embedded) await follow(-1);
  void poll();
  void keepAlive();
  addEventListener('pagehide', sayGoodBye);
}

export async function post<T>(path: string, body: unknown, signalTo?: AbortSignal): Promise<T> {
  const answer = await fetch(`${server}api/${path}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), ...(signalTo ? { signal: signalTo } : {}),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(errorText(text) || `the server answered ${answer.status}`);
  return JSON.parse(text) as T;
}

function errorText(text: string): string {
  try {
    const it = JSON.parse(text) as { error?: string; message?: string };
    return it.error ?? it.message ?? text;
  } catch {
    return text;
  }
}

export async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`${server}api/${path}`);
  if (!answer.ok) throw new Error(errorText(await answer.text()) || `the server answered ${answer.status}`);
  return (await answer.json()) as T;
}

export interface StreamEvent { event: string; data: Record<string, unknown> }

/** Posts and hands on the events of the answer as they come. */
export async function stream(path: string, body: unknown, onEvent: (e: StreamEvent) => void, abort: AbortSignal): Promise<void> {
  const answer = await fetch(`${server}api/${path}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: abort,
  });
  if (!answer.ok || !answer.body) throw new Error(errorText(await answer.text()) || `the server answered ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest = (rest + (value ?? '')).replace(/\r\n/g, '\n');
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const event = parseEvent(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event) onEvent(event);
    }
    if (done) return;
  }
}

function parseEvent(block: string): StreamEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  if (!data.length && event === 'message') return null;
  try {
    const value: unknown = data.length ? JSON.parse(data.join('\n')) : {};
    return { event, data: typeof value === 'object' && value ? (value as Record<string, unknown>) : { text: value } };
  } catch {
    return { event, data: { text: data.join('\n') } };
  }
}
