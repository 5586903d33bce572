/* Windows: the keys and what words mean; settings. */
import { signal } from '@preact/signals';
import { EDITORS, isSafeTemplate } from '../profile-logic/editor';
import { editor, setEditor } from '../state/preferences';
import { Dialog } from './small';

export const helpOpen = signal(false);
export const settingsOpen = signal(false);

const KEYS: readonly [string[], string][] = [
  [['1', '2', '3', '4'], 'Source, flame graph, threads, comparison'],
  [['/'], 'Search'],
  [['j', 'k'], 'Next, previous row'],
  [['n', 'p'], 'Next, previous hot line'],
  [['Enter'], 'Open what is selected: a fold, a file, a box of the flame graph'],
  [['o'], 'Open the selected line in the editor'],
  [['c'], 'Copy a link to the selected line'],
  [['f'], 'Show the selected line in the flame graph'],
  [['t', 'l', 's', 'i'], 'Flame graph: time order, left heavy, sandwich, inverted'],
  [['+', '−', '0'], 'Flame graph: closer, farther, all of it; arrows move'],
  [['x'], 'Clear all filters'],
  [['Esc'], 'Close, clear'],
  [['?'], 'This list'],
];

export function HelpDialog() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title="Keys and meanings" onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {KEYS.map(([keys, words]) => [<dt key={words}>{keys.map((k) => <kbd key={k}>{k}</kbd>)}</dt>, <dd key={`${words}d`}>{words}</dd>])}
      </dl>
      <dl class="keys" style={{ marginTop: '14px' }}>
        <dt><b>Python</b></dt><dd>CPU time in which the interpreter ran bytecode and its built-in operators</dd>
        <dt><b>native</b></dt><dd>CPU time in C code: extension modules, libraries, builtin functions</dd>
        <dt><b>system</b></dt><dd>CPU time in the kernel: system calls and page faults</dd>
        <dt><b>waiting</b></dt><dd>the main thread was not on a CPU. Waiting of other threads is shown with the threads</dd>
        <dt><b>100 %</b></dt><dd>CPU time of all threads and waiting of the main thread. A line has what the libraries took that it called</dd>
        <dt><b>With calls</b></dt><dd>the time while the line or function was anywhere on the stack</dd>
      </dl>
    </Dialog>
  );
}

export function SettingsDialog() {
  if (!settingsOpen.value) return null;
  const known = EDITORS.some((e) => e.template === editor.value);
  return (
    <Dialog title="Settings" onClose={() => (settingsOpen.value = false)}>
      <p><label>Open files in{' '}
        <select value={known ? editor.value : ''} onChange={(e) => setEditor(e.currentTarget.value || 'editor://{path}:{line}')}>
          {EDITORS.map((e) => <option key={e.name} value={e.template}>{e.name}</option>)}
          <option value="">another editor</option>
        </select></label></p>
      <p style={{ marginTop: '10px' }}><label>Its address{' '}
        <input type="text" size={38} value={editor.value} aria-invalid={!isSafeTemplate(editor.value)} onInput={(e) => setEditor(e.currentTarget.value)} /></label></p>
      <p class="dim" style={{ marginTop: '6px' }}>{'{path}, {line} and {column} are put in. '}{!isSafeTemplate(editor.value) && 'This address cannot be used.'}</p>
    </Dialog>
  );
}
