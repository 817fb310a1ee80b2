// Brings node_modules in line with the lockfile before a script runs. Works with any Node from 20 on and nothing
// installed; does nothing where all is in place. `--in <folder>` first names another workspace, for which it must be
// installed here already.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PNPM = 'pnpm@12.21.0';

const [option, folder = ''] = process.argv.slice(2);
const elsewhere = option === '--in';
const root = join(import.meta.dirname, '..', elsewhere ? folder : '');
const flags = process.argv.slice(elsewhere ? 4 : 2);

const read = (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null);

// pnpm keeps a copy of the lockfile it last installed from.
const installed = read('node_modules/.pnpm/lock.yaml');
const hasNode = elsewhere || existsSync(join(root, 'node_modules', '.bin', 'node'));
if (installed === null || installed !== read('pnpm-lock.yaml') || !hasNode) {
  process.stderr.write('Installing what is missing (once) …\n');
  const { status, error, stdout, stderr } = spawnSync(
    'npx',
    ['-y', '--loglevel=error', PNPM, 'install', '--frozen-lockfile', ...flags],
    {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`);
    process.stderr.write('The installation failed; the lines above say why.\n');
    process.exit(1);
  }
}
