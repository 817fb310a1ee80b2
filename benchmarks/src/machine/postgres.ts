import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { findPostgres } from './postgres-binaries.ts';
import { startProgram } from './program.ts';
import type { Store } from './store.ts';

/**
 * A PostgreSQL of its own. It acknowledges a commit before it is on disk, as Redis with `everysec` does: what both can
 * lose when the machine fails is about the last second.
 */
export async function startPostgres(root: string): Promise<Store> {
  const bin = findPostgres();
  if (bin === null) throw new Error('there is no PostgreSQL here');
  const user = owner();
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
function owner() {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
