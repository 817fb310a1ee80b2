import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadGenerator, startLoadGenerator } from './load/generator.ts';
import { cpuMs } from './machine/cpu.ts';
import { startPostgres } from './machine/postgres.ts';
import { startRedis } from './machine/redis.ts';
import { type ModelServer, type Pace, startSimulator } from './machine/simulator.ts';
import type { Store } from './machine/store.ts';
import type { Peer, System } from './peers/peer.ts';

/** Everything that is measured together: fresh processes, a fresh store. */
export interface Bench extends AsyncDisposable {
  readonly peer: Peer;
  readonly system: System;
  readonly models: ModelServer;
  readonly store: Store | null;
  readonly load: LoadGenerator;
  /** CPU so far, in milliseconds. */
  cpu(): Cpu;
}

export interface Cpu {
  readonly system: number;
  readonly store: number;
  readonly models: number;
}

export interface BenchOptions {
  readonly pace: Pace;
  readonly concurrency?: number;
  readonly workers?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** What holds for the whole of `npm run bench`. */
export interface Setting {
  /** For all files; removed afterwards. */
  readonly dir: string;
  readonly profile: string | null;
  readonly workers: number;
  readonly settings: Readonly<Record<string, string>>;
}

const startStore = { redis: startRedis, postgres: startPostgres };

export async function openBench(setting: Setting, peer: Peer, options: BenchOptions): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(setting.dir, `${peer.name}-`));
  const [models, store] = await Promise.all([
    startSimulator(dir, options.pace).then((started) => stack.use(started)),
    peer.store && startStore[peer.store](setting.dir).then((started) => stack.use(started)),
  ]);
  const system = await peer.start({
    dir,
    modelUrl: models.baseUrl,
    store,
    profile: setting.profile,
    workers: options.workers ?? setting.workers,
    settings: { ...setting.settings, ...options.settings },
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
  for (const program of system.programs)
    stack.defer(() => program.end(setting.profile ? 'SIGTERM' : 'SIGKILL'));
  const load = stack.use(startLoadGenerator());
  const held = stack.move();
  return {
    peer,
    system,
    models,
    store,
    load,
    cpu: () => ({
      system: system.programs.reduce((sum, { pid }) => sum + cpuMs(pid), 0),
      store: store ? cpuMs(store.pid) : 0,
      models: cpuMs(models.pid),
    }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
