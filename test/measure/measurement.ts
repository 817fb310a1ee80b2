import { readFile } from 'node:fs/promises';
import { findRedisServer } from '@codegen/cli/redis';
import { type Server, startServer } from '@codegen/testing/network/server';
import type { Program } from '@codegen/testing/process/program';

/** A Redis with the configuration of production, for one measurement. */
export interface MeasuredRedis extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
  /** Numeric field of `INFO`. */
  info(section: string, field: string): Promise<number>;
  /** Number of connections, without the one of `redis-cli`. */
  connections(): Promise<number>;
}

export async function startRedis(): Promise<MeasuredRedis> {
  const server = await startServer(
    { server: (await findRedisServer(process.env.PATH ?? '')) ?? 'redis-server', cli: 'redis-cli' },
    { config: ['appendonly yes', 'appendfsync everysec', 'maxmemory-policy noeviction'] },
  );
  return {
    url: `redis://127.0.0.1:${server.port}`,
    server,
    async info(section, field) {
      const [, value] = new RegExp(`^${field}:(.*)$`, 'm').exec(await server.command('INFO', section)) ?? [];
      return Number(value);
    },
    connections: async () => (await server.command('CLIENT', 'LIST')).split('\n').length - 1,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Resident memory in MB and CPU time in seconds of a process. */
export async function processUsage({ child: { pid } }: Pick<Program, 'child'>) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  const TICKS_PER_SECOND = 100;
  return {
    megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024),
    seconds: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND,
  };
}

/** Runs `act` for each index from 0 to `count`, at most `concurrency` at a time. */
export async function runConcurrently<T>(
  count: number,
  concurrency: number,
  act: (index: number) => Promise<T>,
) {
  let next = 0;
  const client = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, client));
}

/** Prints one row of a Markdown table. */
export const printRow = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
