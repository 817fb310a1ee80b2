import { createServer } from 'node:net';
import { type Api, startApi } from '@codegen/api';
import { startSimulator } from '@codegen/simulator';
import { startWorker } from '@codegen/worker';
import type { Logger } from 'pino';
import type { LocalOptions } from './config.ts';
import { startEmbeddedRedis } from './embedded-redis.ts';
import { findRedisServer, startPrivateRedis } from './private-redis.ts';

/** The whole service in this process, but for Redis. */
export interface LocalSystem {
  readonly url: string;
  readonly redis: RedisKind;
  /** Where Redis keeps its data; null if a restart forgets it or it is not ours. */
  readonly data: string | null;
  /** Stops all that was started, the last first. Can be called twice. */
  close(): Promise<void>;
}

type RedisKind = 'given' | 'private' | 'embedded';

export interface LocalPlan {
  /** The folder of the private Redis. */
  readonly dataDir: string;
  /** Whether that folder's data is to outlive this process. */
  readonly durable: boolean;
}

/** Long enough for a stage that is about to end, short enough for somebody who pressed Ctrl-C. */
const WORKER_GRACE_MS = 2_000;

export async function startSystem(options: LocalOptions, plan: LocalPlan, log: Logger): Promise<LocalSystem> {
  const stops: (() => Promise<void>)[] = [];
  let closing: Promise<void> | null = null;
  const close = async () => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    await assertFree(options.api.PORT, options.api.HOST);
    const { kind, url: REDIS_URL, data, stop } = await startRedis(options, plan);
    stops.push(stop);
    const simulator = options.simulate ? await startSimulator() : null;
    if (simulator) stops.push(() => simulator.close());
    const BASE_URL = simulator?.baseUrl ?? options.worker.BASE_URL;
    const worker = await startWorker({ ...options.worker, REDIS_URL, BASE_URL }, log);
    stops.push(() => worker.close(WORKER_GRACE_MS));
    const api: Api = await startApi({ ...options.api, REDIS_URL }, log);
    stops.push(() => api.close());
    return {
      url: api.url,
      redis: kind,
      data,
      close() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startRedis(options: LocalOptions, plan: LocalPlan) {
  if (options.redisUrl !== null) {
    return { kind: 'given' as const, url: options.redisUrl, data: null, stop: async () => {} };
  }
  const binary = await findRedisServer(options.path);
  const redis = binary
    ? await startPrivateRedis(binary, plan.dataDir, plan.durable)
    : await startEmbeddedRedis();
  return { kind: binary ? ('private' as const) : ('embedded' as const), ...redis, stop: redis.close };
}

/** Before anything is started: a second service on the port would share the first one's data folder. */
function assertFree(port: number, host: string): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const advice =
        error.code === 'EADDRINUSE' ? 'stop what runs there or set PORT to another one' : error.message;
      reject(new Error(`cannot listen on ${host}:${port}: ${advice}`));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
