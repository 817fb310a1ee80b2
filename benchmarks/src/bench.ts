import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadGenerator, startLoadGenerator } from './load/generator.ts';
import { cpuMs } from './machine/host.ts';
import { type ModelServer, type Pace, startSimulator } from './machine/simulator.ts';
import { type Store, startPostgres, startRedis } from './machine/stores.ts';
import type { Peer, System } from './peers/peer.ts';

/** A peer under test: new processes and an empty store. */
export interface Bench extends AsyncDisposable {
  readonly peer: Peer;
  readonly system: System;
  readonly models: ModelServer;
  readonly store: Store | null;
  readonly load: LoadGenerator;
  /** CPU time so far, in ms. */
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

/** Options that apply to the whole of `npm run bench`. */
export interface BenchContext {
  /** Folder for temporary files; removed afterwards. */
  readonly dir: string;
  readonly profile: string | null;
  readonly workers: number;
  readonly settings: Readonly<Record<string, string>>;
}

const startStore = { redis: startRedis, postgres: startPostgres };

export async function startBench(context: BenchContext, peer: Peer, options: BenchOptions): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(context.dir, `${peer.name}-`));
  const [models, store] = await Promise.all([
    startSimulator(dir, options.pace).then((started) => stack.use(started)),
    peer.store && startStore[peer.store](context.dir).then((started) => stack.use(started)),
  ]);
  const system = await peer.start({
    dir,
    modelUrl: models.baseUrl,
    store,
    profile: context.profile,
    workers: options.workers ?? context.workers,
    settings: { ...context.settings, ...options.settings },
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
  for (const program of system.programs)
    stack.defer(() => program.end(context.profile ? 'SIGTERM' : 'SIGKILL'));
  const load = stack.use(startLoadGenerator());
  const resources = stack.move();
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
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
