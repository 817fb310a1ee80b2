import { createServer } from 'node:net';
import { type Api, startApi } from '@codegen/api';
import { diagnoseRedis, warningsOf } from '@codegen/queue';
import { REALISTIC_PACE, startSimulator } from '@codegen/simulator';
import { startWorker } from '@codegen/worker';
import type { Logger } from 'pino';
import type { LocalOptions } from './config.ts';
import { EMBEDDED_TIMEOUT_MS, findRedisServer, startEmbeddedRedis, startPrivateRedis } from './redis.ts';

/** API, worker and, if needed, Redis and the simulator, started by one process. */
export interface LocalSystem {
  readonly url: string;
  readonly redis: RedisKind;
  /** The folder of the private Redis; null if it keeps no data or Redis is external. */
  readonly data: string | null;
  /** Resolves when a part has ended by itself and cannot be restarted: the system must be closed. */
  readonly failed: Promise<Error>;
  /** Stops everything in the reverse order of the start. Idempotent. */
  close(): Promise<void>;
}

const NEVER = new Promise<never>(() => {});

type RedisKind = 'external' | 'private' | 'embedded';

export interface StartOptions {
  /** The folder of the private Redis. */
  readonly dataDir: string;
  /** Whether the data must survive this process. */
  readonly durable: boolean;
  /** Whether the simulator answers at once instead of at a pace that a person can follow. */
  readonly fast: boolean;
}

/** How long close waits for running stages, in ms. */
const WORKER_GRACE_MS = 2_000;

/** How long the Redis at `REDIS_URL` may take to answer, in ms. */
const REDIS_TIMEOUT_MS = 5_000;

const SIMULATED_NOTICE =
  'Demo: the answers are canned, and no model is called. Start with OPENROUTER_API_KEY or BASE_URL for real ones.';

/** @throws Error if the port is taken or a part fails to start; parts already started are stopped */
export async function startSystem(
  options: LocalOptions,
  start: StartOptions,
  log: Logger,
): Promise<LocalSystem> {
  const stops: (() => Promise<void>)[] = [];
  let closing: Promise<void> | null = null;
  const close = async () => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    await assertPortFree(options.api.PORT, options.api.HOST);
    const { kind, url: REDIS_URL, data, failed, stop } = await startRedis(options, start, log);
    stops.push(stop);
    const simulator = options.simulate ? await startSimulator(start.fast ? {} : REALISTIC_PACE) : null;
    if (simulator) stops.push(() => simulator.close());
    const BASE_URL = simulator?.baseUrl ?? options.worker.BASE_URL;
    const worker = await startWorker({ ...options.worker, REDIS_URL, BASE_URL }, log);
    stops.push(() => worker.close(WORKER_GRACE_MS));
    const notice = options.api.PAGE_NOTICE ?? (simulator ? SIMULATED_NOTICE : undefined);
    const timeout = kind === 'embedded' ? { redisTimeoutMs: EMBEDDED_TIMEOUT_MS } : {};
    const api: Api = await startApi({ ...options.api, ...timeout, REDIS_URL, PAGE_NOTICE: notice }, log);
    stops.push(() => api.close());
    return {
      url: api.url,
      redis: kind,
      data,
      failed,
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

async function startRedis(options: LocalOptions, { dataDir, durable }: StartOptions, log: Logger) {
  if (options.redisUrl !== null) {
    // API and worker would wait for a Redis that is down. Fails with an error instead.
    const diagnosis = await diagnoseRedis(options.redisUrl, REDIS_TIMEOUT_MS).catch((error: Error) => {
      throw new Error(`the Redis at REDIS_URL does not answer: ${error.message}; npm run doctor says more`);
    });
    for (const warning of warningsOf(diagnosis)) log.warn(warning);
    return {
      kind: 'external' as const,
      url: options.redisUrl,
      data: null,
      failed: NEVER,
      stop: async () => {},
    };
  }
  const binary = await findRedisServer(options.path);
  const report = (message: string) => log.error(message);
  const redis = binary
    ? await startPrivateRedis(binary, dataDir, { durable, report })
    : await startEmbeddedRedis();
  return { kind: binary ? ('private' as const) : ('embedded' as const), ...redis, stop: redis.close };
}

/** Runs before anything else starts: a second service on the port would share the data folder of the first. */
export function assertPortFree(port: number, host: string): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const advice =
        error.code === 'EADDRINUSE'
          ? 'stop the program that uses it or set PORT to another one'
          : error.message;
      reject(new Error(`cannot listen on ${host}:${port}: ${advice}`));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
