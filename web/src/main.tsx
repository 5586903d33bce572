/* The way in: state, looks, the profile, the page. */
import { render } from 'preact';
import './ui/style.css';
import { loadEmbedded } from './state/load';
import { applyTheme, watchSystemTheme } from './state/preferences';
import { loadServed, server } from './state/server';
import { followAddress, loaded } from './state/store';
import { App } from './ui/app';

applyTheme();
watchSystemTheme();
followAddress();
render(<App />, document.getElementById('app')!);

requestAnimationFrame(() => setTimeout(async () => {
  const found = await loadEmbedded();
  if (server) await loadServed(found);
  else if (!found) loaded.value = { state: 'none' };
}));
