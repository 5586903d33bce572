/* The local view server as the page sees it: its page, its API, an AI that answers
 * what a test wants. Keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { embed, emptyPage } from './embed';

export const BASE = '/T0KEN/';
export interface Sent { path: string; body: Record<string, unknown> }

export interface FakeServer { url: string; sent: Sent[]; fail: { message: string } | null; version: number; running: boolean; /** What api/profile answers; null: nothing yet. */ profile: string | null; close: () => Promise<void> }

const read = async (r: IncomingMessage) => {
  let text = '';
  for await (const piece of r) text += String(piece);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
};

/** `empty`: the page is served without a profile, as live does. */
export async function fakeServer(json: string, live = false, empty = false): Promise<FakeServer> {
  const it: FakeServer = { url: '', sent: [], fail: null, version: 1, running: live, profile: json, close: async () => {} };
  const page = (empty ? emptyPage() : embed(json)).replace("connect-src 'none'", "connect-src 'self'")
    .replace('<head>', `<head><meta name="smp-server" content="${BASE}">`);
  const events = async (answer: ServerResponse, list: [string, unknown][]) => {
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const [event, data] of list) {
      answer.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      await new Promise((done) => setTimeout(done, 15));
    }
    answer.end();
  };
  const answers: Record<string, (body: Record<string, unknown>, answer: ServerResponse) => unknown> = {
    state: () => ({ live, running: it.running, version: it.version }),
    ping: () => ({ every_s: 60 }),
    bye: () => ({}),
    providers: () => [{ id: 'anthropic', name: 'Anthropic', configured: false, models: ['m-1', 'm-2'], default_model: 'm-1' }],
    prompt: (body) => ({ id: 'p1', system: 'SYSTEM WORDS', prompt: `EVIDENCE for line ${String(body.line)}` }),
    cancel: () => ({ cancelled: true }),
    apply: () => ({ applied: true, backup: 'x.bak' }),
    undo: () => ({ undone: true }),
    propose: (_, answer) => events(answer, it.fail
      ? [['start', { id: 'j1' }], ['error', it.fail], ['done', {}]]
      : [['start', { id: 'j1' }], ['delta', { text: 'thinking' }],
        ['proposal', { proposal_id: 'q1', diagnosis: 'It hashes too much.', diff: '--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-old()\n+new()\n', expected: '3x', risk: 'low', command: ['python3', 'x.py'] }], ['done', {}]]),
    verify: (_, answer) => events(answer, [['start', { id: 'j2' }], ['progress', { text: 'run 1 of 3' }], ['result', { verdict: 'verified', speedup: 3.1, same_output: true, detail: '1.2 s to 0.4 s' }], ['done', {}]]),
  };
  const server = createServer((request, answer) => {
    void (async () => {
      const path = request.url!.split('?')[0]!;
      const body = request.method === 'POST' ? await read(request) : {};
      it.sent.push({ path, body });
      if (path === BASE) {
        answer.writeHead(200, { 'Content-Type': 'text/html' });
        return answer.end(page);
      }
      if (path === `${BASE}api/profile`) {
        if (it.profile === null) return answer.writeHead(204).end();
        if (request.headers['if-none-match'] === `"${it.version}"`) return answer.writeHead(304).end();
        answer.writeHead(200, { 'Content-Type': 'application/json', ETag: `"${it.version}"` });
        return answer.end(it.profile.replace(/"elapsed_time_sec":[\d.]+/, `"elapsed_time_sec":${10 * it.version}`));
      }
      const of = answers[path.replace(`${BASE}api/`, '')];
      if (!of) return answer.writeHead(404).end();
      const value = await of(body, answer);
      if (value !== undefined) {
        answer.writeHead(200, { 'Content-Type': 'application/json' });
        answer.end(JSON.stringify(value));
      }
      return undefined;
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  it.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`;
  it.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(() => done());
  });
  return it;
}
