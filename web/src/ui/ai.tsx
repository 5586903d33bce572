/* Proposals by an AI, where the local server is there: the exact text first, then
 * the answer as it comes, then proof. Keys typed here go to one request of the
 * local server and are kept nowhere. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, post, stream } from '../state/server';
import { profile } from '../state/store';
import { Explosion, Lightning } from './icons';
import { copy } from './small';

/** Which line was asked about by its lightning. */
export const askAbout = signal<{ file: number; line: number; region: boolean; at: number } | null>(null);

interface Provider { id: string; name: string; configured: boolean; base_url?: string; models?: string[]; default_model?: string }
interface Prompt { id: string; prompt: string; system?: string }
const AVOID_MOST = 5; // earlier proposals that the next one is told of
interface Proposal { proposal_id?: string; command?: string[]; diagnosis?: string; diff?: string; expected?: string; risk?: string }
interface Attempt {
  key: number;
  text: string;
  proposal: Proposal | null;
  id: string;
  error: string;
  running: boolean;
  verify: { running: boolean; text: string; verdict: string };
  applied: boolean;
}

const providers = signal<Provider[] | null>(null);
const chosen = signal({ provider: '', model: '', baseUrl: '' });
const key = signal(''); // of a provider: in this variable alone
const goal = signal('time');
const notes = signal('');
const failed = signal('');

interface Talk { prompt: Prompt | null; attempts: Attempt[]; region: boolean }
const talks = signal<ReadonlyMap<string, Talk>>(new Map());
const aborts = new Map<number, AbortController>();
let nextKey = 1;

const placeOf = (file: number, line: number) => `${file}:${line}`;
const talkOf = (place: string): Talk => talks.value.get(place) ?? { prompt: null, attempts: [], region: false };
function change(place: string, to: Partial<Talk>): void {
  talks.value = new Map(talks.value).set(place, { ...talkOf(place), ...to });
}
function changeAttempt(place: string, key: number, to: Partial<Attempt>): void {
  change(place, { attempts: talkOf(place).attempts.map((a) => (a.key === key ? { ...a, ...to } : a)) });
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function loadProviders(): Promise<void> {
  if (providers.value) return;
  try {
    const list = await get<Provider[]>('providers');
    providers.value = list;
    const first = list.find((p) => p.configured) ?? list[0];
    if (first) chosen.value = { provider: first.id, model: first.default_model ?? '', baseUrl: first.base_url ?? '' };
  } catch (error) {
    failed.value = message(error);
  }
}

async function preparePrompt(file: number, line: number, region: boolean): Promise<void> {
  const place = placeOf(file, line);
  failed.value = '';
  try {
    const path = profile.value!.files[file]!.path;
    const avoid = talkOf(place).attempts.map((a) => a.proposal?.proposal_id).filter((id): id is string => !!id).slice(-AVOID_MOST);
    const prompt = await post<Prompt>('prompt', { file: path, line, kind: region ? 'region' : 'line', options: { goal: goal.value, ...(notes.value ? { notes: notes.value } : {}), ...(avoid.length ? { avoid } : {}) } });
    change(place, { prompt, region });
  } catch (error) {
    failed.value = message(error);
  }
}

async function propose(place: string, file: number, line: number): Promise<void> {
  // Another proposal is to be another one: its prompt names those before.
  if (talkOf(place).attempts.some((a) => a.proposal)) await preparePrompt(file, line, talkOf(place).region);
  const { prompt, attempts } = talkOf(place);
  if (!prompt) return;
  const it: Attempt = { key: nextKey++, text: '', proposal: null, id: '', error: '', running: true, verify: { running: false, text: '', verdict: '' }, applied: false };
  change(place, { attempts: [...attempts, it] });
  const abort = new AbortController();
  aborts.set(it.key, abort);
  try {
    await stream('propose', {
      prompt_id: prompt.id, provider: chosen.value.provider, model: chosen.value.model,
      ...(chosen.value.baseUrl ? { base_url: chosen.value.baseUrl } : {}), ...(key.value ? { key: key.value } : {}),
    }, ({ event, data }) => {
      const now = talkOf(place).attempts.find((a) => a.key === it.key);
      if (!now) return;
      if (event === 'start') changeAttempt(place, it.key, { id: String(data.id ?? '') });
      else if (event === 'delta') changeAttempt(place, it.key, { text: now.text + String(data.text ?? '') });
      else if (event === 'proposal') changeAttempt(place, it.key, { proposal: data as Proposal });
      else if (event === 'error') changeAttempt(place, it.key, { error: String(data.message ?? 'the provider gave an error without words') });
    }, abort.signal);
  } catch (error) {
    changeAttempt(place, it.key, { error: abort.signal.aborted ? 'cancelled' : message(error) });
  }
  aborts.delete(it.key);
  changeAttempt(place, it.key, { running: false });
}

function cancel(place: string, attempt: Attempt): void {
  aborts.get(attempt.key)?.abort();
  if (attempt.id) void post('cancel', { id: attempt.id }).catch(() => {});
  changeAttempt(place, attempt.key, { running: false });
}

async function verify(place: string, a: Attempt): Promise<void> {
  changeAttempt(place, a.key, { verify: { running: true, text: 'running your command before and after …', verdict: '' } });
  const abort = new AbortController();
  let text = '';
  let verdict = '';
  try {
    await stream('verify', { proposal_id: a.proposal!.proposal_id }, ({ event, data }) => {
      if (event === 'start') return;
      if (event === 'progress') text = String(data.text ?? data.message ?? '');
      else if (event === 'result') {
        verdict = String(data.verdict ?? '');
        text = [data.speedup ? `${data.speedup}x` : '', data.same_output === true ? 'same output' : data.same_output === false ? 'another output' : '', data.detail].filter(Boolean).join(', ');
      } else if (event === 'error') text = String(data.message ?? '');
      changeAttempt(place, a.key, { verify: { running: event === 'progress', text, verdict } });
    }, abort.signal);
  } catch (error) {
    text = message(error);
  }
  changeAttempt(place, a.key, { verify: { running: false, text, verdict } });
}

async function apply(place: string, a: Attempt): Promise<void> {
  try {
    await post(a.applied ? 'undo' : 'apply', { proposal_id: a.proposal!.proposal_id });
    changeAttempt(place, a.key, { applied: !a.applied, error: '' });
  } catch (error) {
    changeAttempt(place, a.key, { error: message(error) });
  }
}

function Diff({ text }: { text: string }) {
  return (
    <pre class="diff" tabIndex={0} aria-label="Proposed change">
      {text.replace(/\n$/, '').split('\n').map((l, i) => (
        <span key={i} class={l.startsWith('@@') || l.startsWith('+++') || l.startsWith('---') ? 'at' : l.startsWith('+') ? 'add' : l.startsWith('-') ? 'del' : ''}>{l}{'\n'}</span>
      ))}
    </pre>
  );
}

function AttemptView({ place, a }: { place: string; a: Attempt }) {
  const p = a.proposal;
  return (
    <div class="ai" aria-live="polite">
      {!p && a.text && <pre tabIndex={0} aria-label="Answer so far">{a.text}</pre>}
      {p?.diagnosis && <p>{p.diagnosis}</p>}
      {p?.diff && <Diff text={p.diff} />}
      {p?.expected && <p><b>Expected:</b> {p.expected}</p>}
      {p?.risk && <p><b>Risk:</b> {p.risk}</p>}
      {a.error && <p class="leak" role="alert">{a.error}</p>}
      {(a.verify.text || a.verify.verdict) && <p role="status"><b class={a.verify.verdict.startsWith('verified') ? 'better' : ''}>{a.verify.verdict || (a.verify.running ? '' : 'not verified')}</b> {a.verify.text}</p>}
      <div class="buttons">
        {a.running && <button type="button" onClick={() => cancel(place, a)}>Cancel</button>}
        {p?.diff && p.proposal_id && <button type="button" class="primary" disabled={a.verify.running} title={p.command?.length ? `Runs ${p.command.join(' ')} with and without the change, in copies` : ''} onClick={() => void verify(place, a)}>Verify</button>}
        {p?.diff && p.proposal_id && <button type="button" onClick={() => void apply(place, a)}>{a.applied ? 'Undo' : 'Apply to the file'}</button>}
        {(p || a.text) && <button type="button" onClick={() => void copy(p?.diff || a.text, 'Proposal')}>Copy</button>}
      </div>
    </div>
  );
}

function Advanced() {
  const list = providers.value ?? [];
  const now = list.find((p) => p.id === chosen.value.provider);
  return (
    <details>
      <summary>Advanced options: {now ? `${now.name}${chosen.value.model ? `, ${chosen.value.model}` : ''}` : 'provider'}</summary>
      <label>Provider <select value={chosen.value.provider} onChange={(e) => {
        const p = list.find((it) => it.id === e.currentTarget.value);
        chosen.value = { provider: e.currentTarget.value, model: p?.default_model ?? '', baseUrl: p?.base_url ?? '' };
      }}>{list.map((p) => <option key={p.id} value={p.id}>{p.name}{p.configured ? '' : ' (no key)'}</option>)}</select></label>
      <label>Model <input type="text" list="models" value={chosen.value.model} onInput={(e) => (chosen.value = { ...chosen.value, model: e.currentTarget.value })} /></label>
      <datalist id="models">{now?.models?.map((m) => <option key={m} value={m} />)}</datalist>
      <label>Address <input type="text" value={chosen.value.baseUrl} placeholder="the provider's own" onInput={(e) => (chosen.value = { ...chosen.value, baseUrl: e.currentTarget.value })} /></label>
      <label>Key <input type="password" autocomplete="off" value={key.value} placeholder={now?.configured ? 'from the environment' : 'kept in memory alone'} onInput={(e) => (key.value = e.currentTarget.value)} /></label>
      <label>For <select value={goal.value} onChange={(e) => (goal.value = e.currentTarget.value)}><option value="time">less time</option><option value="memory">less memory</option><option value="both">both</option></select></label>
      <label>Your words <input type="text" value={notes.value} placeholder="what it must keep, what was tried" onInput={(e) => (notes.value = e.currentTarget.value)} /></label>
    </details>
  );
}

export function AiPanel({ file, line }: { file: number; line: number }) {
  const place = placeOf(file, line);
  const talk = talkOf(place);
  useEffect(() => void loadProviders(), []);
  const asked = askAbout.value;
  useEffect(() => {
    if (asked && asked.file === file && asked.line === line) void preparePrompt(file, line, asked.region);
  }, [asked, file, line]);
  return (
    <div class="ai">
      <div class="buttons">
        <button type="button" class={talk.prompt ? '' : 'primary'} onClick={() => void preparePrompt(file, line, false)}><Lightning /> Optimize this line</button>
        <button type="button" onClick={() => void preparePrompt(file, line, true)}><Explosion /> The region around it</button>
      </div>
      <Advanced />
      {failed.value && <p class="leak" role="alert">{failed.value}</p>}
      {talk.prompt && (
        <>
          <details open={talk.attempts.length === 0}>
            <summary>What will be sent, word for word</summary>
            {talk.prompt.system && <pre tabIndex={0} aria-label="Instructions">{talk.prompt.system}</pre>}
            <pre tabIndex={0} aria-label="Prompt">{talk.prompt.prompt}</pre>
            <button type="button" onClick={() => void copy(`${talk.prompt!.system ?? ''}\n\n${talk.prompt!.prompt}`.trim(), 'Prompt')}>Copy prompt</button>
          </details>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => void propose(place, file, line)}>{talk.attempts.length ? 'Another proposal' : 'Send'}</button>
          </div>
        </>
      )}
      {talk.attempts.map((a) => <AttemptView key={a.key} place={place} a={a} />)}
    </div>
  );
}
