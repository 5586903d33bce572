/* Where a profile comes from: the page itself, a file, or the local server. */
import { parseText, ProfileError } from '../profile-logic/parse';
import { loaded, other, profile, show } from './store';

/** Lets the browser paint before the work that blocks it. */
const paint = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)));

function bytesOfBase64(text: string): Uint8Array {
  const fast = (Uint8Array as unknown as { fromBase64?: (t: string) => Uint8Array }).fromBase64;
  if (fast) return fast.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function gunzip(bytes: Uint8Array): Promise<string> {
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

/** The embedded profile's text; "" where the page has none. */
async function embedded(): Promise<string> {
  const element = document.getElementById('profile');
  const text = element?.textContent?.trim() ?? '';
  if (element?.getAttribute('data-encoding') !== 'gzip') return text;
  return gunzip(bytesOfBase64(text));
}

export function fail(error: unknown): void {
  const why = error instanceof ProfileError ? error.message
    : `The profile could not be read: ${error instanceof Error ? error.message : String(error)}.`;
  loaded.value = { state: 'failed', why };
}

export async function loadEmbedded(): Promise<boolean> {
  try {
    const text = await embedded();
    if (!text) return false;
    const p = parseText(text);
    await paint();
    show(p, embedded);
  } catch (error) {
    fail(error);
  }
  return true;
}

async function textOf(file: Blob): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return head[0] === 0x1f && head[1] === 0x8b ? gunzip(new Uint8Array(await file.arrayBuffer())) : file.text();
}

/** A saved page holds its profile: it can be opened like one. */
async function profileTextOf(file: Blob, name: string): Promise<string> {
  const text = await textOf(file);
  if (!/\.html?$/i.test(name) && !text.startsWith('<!')) return text;
  const found = /<script type="application\/json" id="profile" data-encoding="(json|gzip)">([^<]*)<\/script>/.exec(text);
  if (!found) throw new ProfileError('This page holds no profile.');
  return found[1] === 'gzip' ? gunzip(bytesOfBase64(found[2]!)) : found[2]!;
}

export async function loadFile(file: File): Promise<void> {
  loaded.value = { state: 'loading', what: `Opening ${file.name}` };
  await paint();
  try {
    show(parseText(await profileTextOf(file, file.name)), () => profileTextOf(file, file.name));
  } catch (error) {
    fail(error);
  }
}

/** A second profile beside the first. Returns what is wrong with it, or "". */
export async function loadOther(file: File): Promise<string> {
  if (!profile.value) {
    await loadFile(file);
    return '';
  }
  try {
    other.value = { profile: parseText(await profileTextOf(file, file.name)), name: file.name };
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
