// Builds the page into dist/ if its sources have changed since the last build. `--force` builds in any case.
// A failed build is reported; the service works without the page. With `--required` it ends with code 1.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const stamp = join(dist, 'sources.sha256');

/** All files that the page is built from. The lockfile stands for the libraries. */
const SOURCES = [
  'src',
  'index.html',
  'vite.config.ts',
  'build.mjs',
  '../../packages/client/src',
  '../../packages/contract/src',
  '../../pnpm-lock.yaml',
];

function filesIn(path) {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(root, source);
    const files = /\.\w+$/.test(source) ? [path] : filesIn(path);
    for (const file of files)
      if (existsSync(file)) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Writes a gzip file next to each text file, so that the API never compresses. */
function compress() {
  for (const file of filesIn(dist))
    if (/\.(?:html|js|css|svg)$/.test(file))
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}

const wanted = fingerprint();
const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!isCurrent || process.argv.includes('--force')) {
  const startedAt = Date.now();
  try {
    const { build } = await import('vite');
    await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' });
    compress();
    writeFileSync(stamp, wanted);
    process.stderr.write(`Built the page in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.\n`);
  } catch (error) {
    process.stderr.write(`The page could not be built: ${error.message}\nThe API works without it.\n`);
    if (process.argv.includes('--required')) process.exitCode = 1;
  }
}
