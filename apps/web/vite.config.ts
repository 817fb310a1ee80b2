import { defineConfig } from 'vite';

export default defineConfig({
  // The API adds its path prefix to the addresses in the page.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2023',
    // No inline data: URLs and no inline script, which the page's CSP forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
