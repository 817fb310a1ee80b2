import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findRedisServer } from '@codegen/cli/redis';
import { Redis } from 'ioredis';
import { searchPath } from '../config.ts';
import { freePort } from './free-port.ts';
import { startProgram } from './program.ts';
import type { Store } from './store.ts';

interface RedisStore extends Store {
  readonly client: Redis;
}

/** A Redis as it is to be run in production: append-only file, written every second. */
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
  await program.said(/Ready to accept connections/);
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

/** Counters of INFO, in bytes but for the keys. @throws if it is another store */
export async function stateOf(store: Store | null) {
  if (store?.kind !== 'redis') throw new Error('there is no Redis');
  const { client } = store as RedisStore;
  const info = await client.info();
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return {
    bytes: field('used_memory'),
    keys: await client.dbsize(),
    received: field('total_net_input_bytes'),
    said: field('total_net_output_bytes'),
    appended: field('aof_current_size'),
  };
}
