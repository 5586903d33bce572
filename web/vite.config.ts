/* Builds one HTML file; tools/finish.mjs then gives it its content security policy. */
import { defineConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

export default defineConfig({
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: { target: 'es2022', modulePreload: false, cssCodeSplit: false, assetsInlineLimit: 1e8, reportCompressedSize: false },
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
});
