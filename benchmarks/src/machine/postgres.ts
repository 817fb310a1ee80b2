import { execFile, execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { findPostgres } from './postgres-binaries.ts';
import { startProgram } from './program.ts';
import type { Store } from './store.ts';

const run = promisify(execFile);

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
  if (user) {
    await chmod(root, 0o711);
    await chown(dir, user.uid, user.gid);
  }
  const data = join(dir, 'data');
  await initialise(bin, data, user);
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
    async [Symbol.asyncDispose]() {
      // Ends it and all its children at once.
      await program.end('SIGQUIT');
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** A fresh cluster that another was copied from is as fresh, and there much sooner. */
let first: string | null = null;

async function initialise(bin: string, data: string, user: Owner) {
  const options = { cwd: dirname(data), ...user };
  if (first) return void (await run('cp', ['-a', first, data]));
  const template = `${dirname(data)}/template`;
  await run(
    join(bin, 'initdb'),
    ['-D', template, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    options,
  );
  await run('cp', ['-a', template, data]);
  first = template;
}

type Owner = ReturnType<typeof owner>;

/** PostgreSQL does not run as root: there it is given to the user Debian makes for it. */
function owner() {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
