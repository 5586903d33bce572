/* Links that open a file in an editor. */
export const EDITORS: readonly { name: string; template: string }[] = [
  { name: 'VS Code', template: 'vscode://file{path}:{line}:{column}' },
  { name: 'VS Code Insiders', template: 'vscode-insiders://file{path}:{line}:{column}' },
  { name: 'Cursor', template: 'cursor://file{path}:{line}:{column}' },
  { name: 'VSCodium', template: 'vscodium://file{path}:{line}:{column}' },
  { name: 'PyCharm', template: 'pycharm://open?file={path}&line={line}' },
  { name: 'Zed', template: 'zed://file{path}:{line}:{column}' },
  { name: 'Sublime Text', template: 'subl://open?url=file://{path}&line={line}' },
];

/** A template whose scheme could run script or leave the machine is refused. */
export function isSafeTemplate(template: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(template) && !/^(javascript|data|vbscript|blob|https?|file|ftp):/i.test(template);
}

export function editorLink(template: string, path: string, line: number, column = 1): string | null {
  if (!isSafeTemplate(template) || !path.startsWith('/')) return null;
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return template.replace('{path}', encoded).replace('{line}', String(line || 1)).replace('{column}', String(column || 1));
}
