import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findRedisServer } from '@codegen/cli/redis';
import { freePort } from '@codegen/testing/network/free-port';
import { Redis } from 'ioredis';
import { searchPath } from '../config.ts';
import { startProgram } from './program.ts';

/** A database server in its own process and folder. */
export interface Store extends AsyncDisposable {
  readonly kind: 'redis' | 'postgres';
  readonly url: string;
  readonly pid: number;
}

interface RedisStore extends Store {
  readonly client: Redis;
}

/** A Redis configured for production: append-only file, fsync every second. */
export async function startRedis(root: string): Promise<RedisStore> {
  const command = await findRedisServer(searchPath());
  if (command === null) throw new Error('there is no redis-server on the PATH');
  const dir = await mkdtemp(join(root, 'redis-'));
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const program = startProgram('redis', { command, args, dir });
  await program.waitForOutput(/Ready to accept connections/);
  const client = new Redis({ host: '127.0.0.1', port });
  return {
    kind: 'redis',
    url: `redis://127.0.0.1:${port}`,
    pid: program.pid,
    client,
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await program.end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Counters of `INFO` in bytes, and the number of keys. @throws Error if the store is not Redis */
export async function stateOf(store: Store | null) {
  if (store?.kind !== 'redis') throw new Error('there is no Redis');
  const { client } = store as RedisStore;
  const info = await client.info();
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return {
    bytes: field('used_memory'),
    keys: await client.dbsize(),
    received: field('total_net_input_bytes'),
    sent: field('total_net_output_bytes'),
    appended: field('aof_current_size'),
  };
}

const run = promisify(execFile);

/**
 * A PostgreSQL with the durability of Redis with `everysec`: it acknowledges a commit before it is on disk, so both can
 * lose about the last second when the machine fails.
 */
export async function startPostgres(root: string): Promise<Store> {
  const bin = findPostgres();
  if (bin === null) throw new Error('PostgreSQL is not installed');
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
  await program.waitForOutput(/ready to accept connections/);
  return {
    kind: 'postgres',
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    pid: program.pid,
    async [Symbol.asyncDispose]() {
      // SIGQUIT also ends the child processes at once.
      await program.end('SIGQUIT');
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Copying an initialised cluster is much faster than `initdb`. */
let templateDir: string | null = null;

async function initialise(bin: string, data: string, user: Owner) {
  const options = { cwd: dirname(data), ...user };
  if (templateDir) return void (await run('cp', ['-a', templateDir, data]));
  const template = `${dirname(data)}/template`;
  await run(
    join(bin, 'initdb'),
    ['-D', template, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    options,
  );
  await run('cp', ['-a', template, data]);
  templateDir = template;
}

type Owner = ReturnType<typeof owner>;

/** PostgreSQL refuses to run as root; then it runs as Debian's user `postgres`. */
function owner() {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Debian installs the server outside the PATH, in a folder per version. */
const DEBIAN = '/usr/lib/postgresql';

/** Folder of PostgreSQL's programs: from the PATH, else Debian's newest version, else null. */
export function findPostgres(): string | null {
  const folders = [
    ...searchPath().split(delimiter),
    ...versions().map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => folder !== '' && isExecutable(join(folder, 'postgres'))) ?? null;
}

function versions(): string[] {
  try {
    return readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
