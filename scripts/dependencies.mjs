// Installs dependencies if node_modules does not match the lockfile. `install.mjs` says when and how to call it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';

const [option, folder = ''] = process.argv.slice(2);
const isOtherWorkspace = option === '--in';
const root = join(fileURLToPath(new URL('..', import.meta.url)), isOtherWorkspace ? folder : '');
const flags = process.argv.slice(isOtherWorkspace ? 4 : 2);

const read = (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null);

// pnpm stores a copy of the lockfile of its last installation.
const installed = read('node_modules/.pnpm/lock.yaml');
const hasNode = isOtherWorkspace || existsSync(join(root, 'node_modules', '.bin', 'node'));
if (installed === null || installed !== read('pnpm-lock.yaml') || !hasNode) {
  process.stderr.write('Installing dependencies; the first time takes half a minute …\n');
  const { status, error } = spawnSync(
    'npx',
    ['-y', '--loglevel=error', PNPM, 'install', '--frozen-lockfile', ...flags],
    {
      cwd: root,
      // Progress goes to stderr: stdout belongs to the script that runs next.
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) {
    process.stderr.write(
      `${error ? `${error.message}\n` : ''}The installation failed; see the lines above.\n`,
    );
    process.exit(1);
  }
  process.stderr.write('Installed.\n');
}
