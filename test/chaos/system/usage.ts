import { readdir, readFile, readlink } from 'node:fs/promises';
import { LOG_FILES } from '@codegen/pipeline';
import { z } from 'zod';
import type { ManagedProcess } from './process.ts';
import type { System } from './system.ts';

/** Resource usage of one process. Memory in MiB. */
export interface ProcessUsage {
  /** Open files without stage logs, which are opened with their first entry. */
  readonly files: number;
  readonly resident: number;
  /** JavaScript heap after a garbage collection; null for Redis. */
  readonly heap: number | null;
  /** Active timers and sockets by kind; empty for Redis. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Resource usage of the system. */
export interface SystemUsage {
  readonly processes: Readonly<Record<string, ProcessUsage>>;
  /** Names of keys in Redis. */
  readonly keys: readonly string[];
  readonly connections: number;
}

const resourcesResponse = z.object({
  counts: z.record(z.string(), z.number()),
  memory: z.object({ heapUsed: z.number(), external: z.number() }),
});

const MIB = 2 ** 20;

export async function measureProcess(process: ManagedProcess): Promise<ProcessUsage> {
  const { pid } = process.run();
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const base = {
    files: await countFiles(`/proc/${pid}/fd`),
    resident: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
  };
  if (!process.isNode) return { ...base, heap: null, resources: {} };
  const { counts, memory } = resourcesResponse.parse(await process.command({ kind: 'resources' }));
  return { ...base, heap: (memory.heapUsed + memory.external) / MIB, resources: counts };
}

async function countFiles(folder: string): Promise<number> {
  const links = (await readdir(folder)).map((file) => readlink(`${folder}/${file}`).catch(() => ''));
  const isLog = (path: string) => LOG_FILES.some((name) => path.endsWith(`/${name}`));
  return (await Promise.all(links)).filter((path) => !isLog(path)).length;
}

export async function measureSystem({ apis, workers, store }: System): Promise<SystemUsage> {
  const redis = await store.master();
  const processes = [...apis, ...workers, redis.process];
  const usages = await Promise.all(
    processes.map(async (process) => [process.name, await measureProcess(process)] as const),
  );
  const keys = (await redis.command('KEYS', '*')).split('\n').filter((key) => key !== '');
  const connections = (await redis.command('CLIENT', 'LIST')).split('\n').length;
  return { processes: Object.fromEntries(usages), keys, connections };
}
