import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { searchPath } from '../config.ts';
import { freePort } from './free-port.ts';
import { startProgram } from './program.ts';
import type { Store } from './store.ts';

/**
 * A PostgreSQL of its own. It acknowledges a commit before it is on disk, as Redis with `everysec` does: what both can
 * lose when the machine fails is about the last second.
 */
export async function startPostgres(root: string): Promise<Store> {
  const bin = findBinaries();
  const user = await owner();
  const dir = await mkdtemp(join(root, 'postgres-'));
  await chmod(dir, 0o711);
  const data = join(dir, 'data');
  if (user) {
    await chmod(root, 0o711);
    await chown(dir, user.uid, user.gid);
  }
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(bin, 'initdb'), init, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'], ...user });
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: dir,
    synchronous_commit: 'off',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = startProgram('postgres', {
    command: join(bin, 'postgres'),
    args: ['-D', data, ...options],
    dir,
    user,
  });
  await program.said(/ready to accept connections/);
  return {
    kind: 'postgres',
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    pid: program.pid,
    // SIGQUIT ends it and all its children at once.
    [Symbol.asyncDispose]: () => program.end('SIGQUIT'),
  };
}

/** PostgreSQL does not run as root: there it is given to the user Debian makes for it. */
async function owner() {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Debian keeps the server outside the PATH. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = (() => {
    try {
      return readdirSync(debian).toSorted((a, b) => Number(b) - Number(a));
    } catch {
      return [];
    }
  })();
  const folders = [...searchPath().split(':'), ...versions.map((version) => join(debian, version, 'bin'))];
  const found = folders.find((folder) => folder !== '' && isExecutable(join(folder, 'postgres')));
  if (found === undefined) throw new Error('there is no PostgreSQL here; apt-get install postgresql');
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
