import { readdir, readFile, readlink } from 'node:fs/promises';
import { LOG_FILES } from '@codegen/pipeline';
import { z } from 'zod';
import type { Site } from './site.ts';
import type { Unit } from './unit.ts';

/** What one process holds. Memory in MiB. */
export interface Vitals {
  /** Open ones but for stage logs, each of which is opened once, with the first answer that belongs there. */
  readonly files: number;
  readonly resident: number;
  /** Of JavaScript, after garbage was collected; null for Redis. */
  readonly heap: number | null;
  /** Timers and sockets that keep it going, by kind; empty for Redis. */
  readonly resources: Readonly<Record<string, number>>;
}

/** What the whole system holds, by the name of the process. */
export interface Levels {
  readonly units: Readonly<Record<string, Vitals>>;
  /** Names of keys in Redis. */
  readonly keys: readonly string[];
  readonly connections: number;
}

const answer = z.object({
  counts: z.record(z.string(), z.number()),
  memory: z.object({ heapUsed: z.number(), external: z.number() }),
});

const MIB = 2 ** 20;

export async function vitalsOf(unit: Unit): Promise<Vitals> {
  const { pid } = unit.life();
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const base = {
    files: await countFiles(`/proc/${pid}/fd`),
    resident: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
  };
  if (!unit.takesOrders) return { ...base, heap: null, resources: {} };
  const { counts, memory } = answer.parse(await unit.order({ kind: 'resources' }));
  return { ...base, heap: (memory.heapUsed + memory.external) / MIB, resources: counts };
}

async function countFiles(folder: string): Promise<number> {
  const links = (await readdir(folder)).map((file) => readlink(`${folder}/${file}`).catch(() => ''));
  const isLog = (path: string) => LOG_FILES.some((name) => path.endsWith(`/${name}`));
  return (await Promise.all(links)).filter((path) => !isLog(path)).length;
}

export async function levelsOf({ apis, workers, store }: Site): Promise<Levels> {
  const redis = await store.master();
  const units = [...apis, ...workers, redis.unit];
  const vitals = await Promise.all(units.map(async (unit) => [unit.name, await vitalsOf(unit)] as const));
  const keys = (await redis.say('KEYS', '*')).split('\n').filter((key) => key !== '');
  const connections = (await redis.say('CLIENT', 'LIST')).split('\n').length;
  return { units: Object.fromEntries(vitals), keys, connections };
}
