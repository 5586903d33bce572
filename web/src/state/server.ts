/* The local view server's API. Without its mark in the page nothing here is used
 * and the page makes no request at all. */
import { signal } from '@preact/signals';
import { parseText } from '../profile-logic/parse';
import { fail } from './load';
import { show } from './store';

/** Where the API is, "/TOKEN/"; "" where the page was not served. */
export const server: string = (() => {
  const base = document.querySelector('meta[name="smp-server"]')?.getAttribute('content') ?? '';
  return /^\/[\w-]*\/?$/.test(base) ? base.replace(/\/?$/, '/') : '';
})();

export const live = signal({ live: false, running: false });
const POLL_MS = 2000;
let etag = '';

async function fetchProfile(): Promise<void> {
  const answer = await fetch(`${server}api/profile`, { headers: etag ? { 'If-None-Match': etag } : {} });
  if (answer.status === 304 || answer.status === 204) return;
  const text = await answer.text();
  if (!answer.ok) throw new Error(text || `the server answered ${answer.status}`);
  etag = answer.headers.get('ETag') ?? '';
  show(parseText(text), async () => text);
}

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
    const state = (await (await fetch(`${server}api/state`)).json()) as { live?: boolean; running?: boolean };
    const was = live.value;
    live.value = { live: state.live === true, running: state.running === true };
    if (live.value.live && (live.value.running || was.running)) await fetchProfile();
  } catch {
    live.value = { ...live.value, running: false }; // it has ended: what is here stays
  }
  setTimeout(poll, live.value.live && live.value.running ? POLL_MS : POLL_MS * 5);
}

export async function loadServed(embedded: boolean): Promise<void> {
  try {
    if (!embedded) await fetchProfile();
  } catch (error) {
    fail(error);
  }
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
