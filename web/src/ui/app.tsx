/* The page: its head, and what the state says below it. */
import { useEffect } from 'preact/hooks';
import { loaded, profile, url } from '../state/store';
import { loadFile, loadOther } from '../state/load';
import { CompareView } from './compare-view';
import { FlameView } from './flame-view';
import { HelpDialog, SettingsDialog } from './dialogs';
import { listenForKeys } from './keys';
import { Toast, toast } from './small';
import { SourceView } from './source-view';
import { Summary } from './summary';
import { ThreadsView } from './threads-view';
import { Top } from './top';

function takeDrops(): () => void {
  const over = (e: DragEvent) => {
    if (!e.dataTransfer?.types.includes('Files')) return;
    e.preventDefault();
    document.body.classList.add('over');
  };
  const leave = () => document.body.classList.remove('over');
  const drop = async (e: DragEvent) => {
    e.preventDefault();
    leave();
    const file = e.dataTransfer?.files[0];
    if (!file) return;
    if (!profile.value) return loadFile(file);
    const wrong = await loadOther(file);
    if (wrong) toast(wrong);
    else url.value = { ...url.value, view: 'compare' };
  };
  addEventListener('dragover', over);
  addEventListener('dragleave', leave);
  addEventListener('drop', drop);
  return () => {
    removeEventListener('dragover', over);
    removeEventListener('dragleave', leave);
    removeEventListener('drop', drop);
  };
}

export function FileButton(props: { label: string; onFile: (file: File) => void }) {
  return (
    <label class="button">
      {props.label}
      <input type="file" accept=".json,.gz,.html,application/json" onChange={(e) => {
        const file = e.currentTarget.files?.[0];
        if (file) props.onFile(file);
        e.currentTarget.value = '';
      }} />
    </label>
  );
}

function Waiting() {
  const it = loaded.value;
  if (it.state === 'loading') return <div class="center" role="status"><p class="dim">{it.what} …</p></div>;
  const failed = it.state === 'failed';
  return (
    <div class="center">
      <div>
        <h2>{failed ? 'This profile cannot be shown' : 'Open a profile'}</h2>
        {failed && <p role="alert">{it.why}</p>}
        <div class="drop">
          <p>Drop a <code>profile.json</code> here, or</p>
          <p style={{ marginTop: '10px' }}><FileButton label="Choose a file" onFile={(f) => void loadFile(f)} /></p>
        </div>
        <p class="dim">It stays in this browser: the page makes no request. <code>solvidia-mem-prof --json prog.py</code> writes one.</p>
      </div>
    </div>
  );
}

const VIEWS = { source: SourceView, flame: FlameView, threads: ThreadsView, compare: CompareView };

function Ready() {
  const View = VIEWS[url.value.view];
  return (
    <>
      <Summary />
      <div role="tabpanel" id="view" aria-label={url.value.view} tabIndex={-1}><View /></div>
    </>
  );
}

export function App() {
  useEffect(() => takeDrops(), []);
  useEffect(() => listenForKeys(), []);
  const ready = loaded.value.state === 'ready' && profile.value !== null;
  useEffect(() => {
    if (ready) document.title = `${profile.value!.run.program || 'profile'} – solvidia-mem-prof`;
  }, [ready, profile.value]);
  return (
    <>
      <a class="skip" href="#view" onClick={(e) => {
        e.preventDefault();
        document.getElementById('view')?.focus();
      }}>Skip to the tables</a>
      <Top ready={ready} />
      <main>{ready ? <Ready /> : <Waiting />}</main>
      <HelpDialog />
      <SettingsDialog />
      <Toast />
    </>
  );
}
