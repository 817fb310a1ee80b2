import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@codegen/testing/network/free-port';
import { type Unit, unitOf } from './unit.ts';

const run = promisify(execFile);

/** A Redis with an append-only file that survives its server. */
export interface Redis extends AsyncDisposable {
  readonly port: number;
  readonly unit: Unit;
  /** Folder of the append-only files. */
  readonly files: string;
  /** What its command-line client prints. */
  say(...command: readonly string[]): Promise<string>;
}

export interface RedisOptions {
  readonly name: string;
  readonly dir: string;
  readonly config?: readonly string[];
  readonly sentinel?: boolean;
}

/** Not started yet. */
export async function openRedis({ name, dir, config = [], sentinel = false }: RedisOptions): Promise<Redis> {
  const port = await freePort();
  const home = join(dir, name);
  await mkdir(home, { recursive: true });
  const file = join(home, 'server.conf');
  const lines = [`dir ${home}`, 'bind 127.0.0.1', `port ${port}`, ...config];
  await writeFile(file, `${lines.join('\n')}\n`);
  const say = async (...command: readonly string[]) =>
    (
      await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...command], { timeout: 20_000 })
    ).stdout.trim();
  const unit = unitOf({
    name,
    program: 'redis-server',
    args: [file, ...(sentinel ? ['--sentinel'] : [])],
    dir,
    ready: async () => (await say('PING')) === 'PONG',
  });
  return {
    port,
    unit,
    files: join(home, 'appendonlydir'),
    say,
    [Symbol.asyncDispose]: () => unit[Symbol.asyncDispose](),
  };
}

/** Of a Redis as it is to be run in production. */
export const durable = (fsync: 'always' | 'everysec') => [
  'save ""',
  'appendonly yes',
  `appendfsync ${fsync}`,
  'maxmemory-policy noeviction',
];
