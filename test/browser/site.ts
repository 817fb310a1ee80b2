import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startApi } from '@codegen/api';
import { apiSettings } from '@codegen/api/settings';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { type PrefixProxy, startPrefixProxy } from '@codegen/testing/network/prefix-proxy';
import { ROOT } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { startWorker } from '@codegen/worker';
import { workerSettings } from '@codegen/worker/settings';
import { pino } from 'pino';
import { inject, vi } from 'vitest';

export const KEY = 'a-key-for-the-page';

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly simulator: Simulator;
  /** Closes the worker at once: its stages return to the queue. */
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Starts an API that requires a key and accepts one request a minute, and returns its address. */
  startKeyed(): Promise<string>;
  /** Starts an API behind a proxy that serves it below a path. */
  startPrefixed(): Promise<PrefixProxy>;
}

const build = promisify(execFile);

/** The service with its page, a worker and a simulator, in this process. */
export async function startSite(): Promise<Site> {
  await build(process.execPath, [join(ROOT, 'apps/web/build.mjs'), '--required']);
  await using starting = new AsyncDisposableStack();
  let running: AsyncDisposableStack = starting;
  const logDir = await mkdtemp(join(tmpdir(), 'codegen-page-'));
  starting.defer(() => rm(logDir, { recursive: true, force: true }));
  const simulator = starting.use(await startSimulator());
  const common = { REDIS_URL: inject('redisUrl'), QUEUE_NAMESPACE: `p-${randomUUID()}` };
  const workerEnv = {
    ...common,
    BASE_URL: simulator.baseUrl,
    LOG_DIR: logDir,
    MODEL_RETRY_MS: '50',
    MODEL_BREAKER_FAILURES: '0',
  };
  const log = pino({ level: 'silent' });
  const newWorker = () => {
    const { REDIS_URL } = common;
    return startWorker({ ...workerSettings.parse(workerEnv), REDIS_URL, WORKER_QUEUES: ['stages'] }, log);
  };
  let worker: Awaited<ReturnType<typeof newWorker>> | null = await newWorker();
  const stopWorker = async () => {
    await worker?.close(0);
    worker = null;
  };
  starting.defer(stopWorker);
  const newApi = async (given: Readonly<Record<string, string>>) => {
    const settings = apiSettings.parse({ ...common, PORT: '0', ...given });
    return running.use(await startApi({ ...settings, REDIS_URL: common.REDIS_URL }, log)).url;
  };
  const url = await newApi({ ALLOWED_MODELS: 'demo/reviewer' });
  await vi.waitUntil(async () => (await fetch(`${url}/readyz`)).ok, { timeout: HANG_MS, interval: 50 });
  running = starting.move();
  return {
    url,
    simulator,
    stopWorker,
    async startWorker() {
      worker ??= await newWorker();
    },
    startKeyed: () =>
      newApi({
        API_KEYS: `alice:${createHash('sha256').update(KEY).digest('hex')}`,
        RATE_LIMIT_PER_MINUTE: '1',
      }),
    async startPrefixed() {
      const proxy = running.use(await startPrefixProxy('/codegen'));
      proxy.upstream = await newApi({ PUBLIC_URL: proxy.url, ALLOW_ANONYMOUS: 'true' });
      return proxy;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
