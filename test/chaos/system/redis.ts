import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@codegen/testing/network/free-port';
import { createProcess, type ManagedProcess } from './process.ts';
import { waitUntil } from './until.ts';

/** A single Redis, or a master with replica and sentinels. */
export interface RedisStore extends AsyncDisposable {
  /** Value for REDIS_URL. */
  readonly url: string;
  readonly fsync: 'always' | 'everysec';
  /** The server that currently accepts writes. */
  master(): Promise<Redis>;
}

interface RedisStoreOptions {
  readonly dir: string;
  readonly fsync: 'always' | 'everysec';
  /** Adds a replica and three sentinels that promote it after one second without a master. */
  readonly sentinel: boolean;
}

/** Name of the master in the sentinels. */
const MASTER = 'main';

export async function startRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  await using stack = new AsyncDisposableStack();
  const { dir, fsync, sentinel } = options;
  const redis = stack.use(await createRedis({ name: 'redis', dir, config: durable(fsync) }));
  await redis.process.start();
  const redisSetup = sentinel
    ? await withSentinels(stack, redis, options)
    : { url: `redis://127.0.0.1:${redis.port}`, master: async () => redis };
  const resources = stack.move();
  return { ...redisSetup, fsync, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function withSentinels(stack: AsyncDisposableStack, first: Redis, { dir, fsync }: RedisStoreOptions) {
  const config = [...durable(fsync), `replicaof 127.0.0.1 ${first.port}`];
  const replica = stack.use(await createRedis({ name: 'redis-replica', dir, config }));
  await replica.process.start();
  await waitUntil('the replica is in sync', async () =>
    (await replica.command('INFO', 'replication')).includes('master_link_status:up'),
  );
  const watch = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${first.port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 1000`,
    `sentinel failover-timeout ${MASTER} 5000`,
  ];
  const sentinels: Redis[] = [];
  for (const name of ['sentinel-1', 'sentinel-2', 'sentinel-3']) {
    const one = stack.use(await createRedis({ name, dir, config: watch, sentinel: true }));
    await one.process.start();
    sentinels.push(one);
  }
  await waitUntil('the sentinels know the replica and each other', async () => {
    const views = await Promise.all(sentinels.map((one) => one.command('SENTINEL', 'master', MASTER)));
    return views.every((view) => /num-slaves\n1\n/.test(view) && /num-other-sentinels\n2\n/.test(view));
  });
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`,
    async master() {
      const found = (await sentinels[0]?.command('SENTINEL', 'get-master-addr-by-name', MASTER)) ?? '';
      const port = Number(found.split('\n')[1]);
      return port === replica.port ? replica : first;
    },
  };
}

const run = promisify(execFile);

/** A Redis server whose append-only file survives restarts. */
export interface Redis extends AsyncDisposable {
  readonly port: number;
  readonly process: ManagedProcess;
  /** Folder of the append-only files. */
  readonly files: string;
  /** Runs `redis-cli`. @returns its output */
  command(...command: readonly string[]): Promise<string>;
}

export interface RedisOptions {
  readonly name: string;
  readonly dir: string;
  readonly config?: readonly string[];
  readonly sentinel?: boolean;
}

/** Creates the configuration. The server is not started yet. */
export async function createRedis({
  name,
  dir,
  config = [],
  sentinel = false,
}: RedisOptions): Promise<Redis> {
  const port = await freePort();
  const home = join(dir, name);
  await mkdir(home, { recursive: true });
  const file = join(home, 'server.conf');
  const lines = [`dir ${home}`, 'bind 127.0.0.1', `port ${port}`, ...config];
  await writeFile(file, `${lines.join('\n')}\n`);
  const command = async (...command: readonly string[]) =>
    (
      await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...command], { timeout: 20_000 })
    ).stdout.trim();
  const process = createProcess({
    name,
    program: 'redis-server',
    args: [file, ...(sentinel ? ['--sentinel'] : [])],
    dir,
    ready: async () => (await command('PING')) === 'PONG',
  });
  return {
    port,
    process,
    files: join(home, 'appendonlydir'),
    command,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** The configuration of a production Redis. */
export const durable = (fsync: 'always' | 'everysec') => [
  'save ""',
  'appendonly yes',
  `appendfsync ${fsync}`,
  'maxmemory-policy noeviction',
];
