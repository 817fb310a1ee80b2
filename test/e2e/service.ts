import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultRule, type Simulator, type SimulatorOptions, startSimulator } from '@codegen/simulator';
import { type Program, start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { inject, vi } from 'vitest';

/** API and workers as separate processes on one Redis. The simulator runs in this process: one process less to start. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly simulator: Simulator;
  readonly logDir: string;
  readonly api: Program;
  readonly workers: readonly Program[];
  /** Settings that API and workers share. */
  readonly env: Readonly<Record<string, string>>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

export interface ServiceOptions {
  readonly workers: number;
  readonly simulator?: SimulatorOptions;
  /** Faults of the simulator from the start. */
  readonly faults?: readonly FaultRule[];
  readonly env?: Record<string, string>;
}

export async function startService({
  workers: count,
  simulator: simulatorOptions = {},
  faults = [],
  env = {},
}: ServiceOptions): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const logDir = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
  stack.defer(() => rm(logDir, { recursive: true, force: true }));

  const simulator = stack.use(await startSimulator(simulatorOptions));
  for (const fault of faults) simulator.faults.add(fault);
  const common = {
    REDIS_URL: inject('redisUrl'),
    QUEUE_NAMESPACE: `e2e-${randomUUID()}`,
    SYNC_WAIT_SECONDS: String(HANG_MS / 1_000),
    ...env,
  };
  const models = { BASE_URL: simulator.baseUrl, MODEL_RETRY_MS: '10', LOG_DIR: logDir };
  const workers = Array.from({ length: count }, () =>
    stack.use(start('apps/worker/src/main.ts', [], { ...common, ...models })),
  );
  const api = stack.use(start('apps/api/src/main.ts', [], { ...common, PORT: '0' }));
  const [, url = ''] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });
  await vi.waitUntil(
    async () => {
      const answer = await get('/readyz');
      const { workers: ready } = (await answer.json()) as { workers?: Record<string, number> };
      return ready?.stages === count;
    },
    { timeout: HANG_MS, interval: 50 },
  );
  const running = stack.move();
  return {
    url,
    simulator,
    logDir,
    api,
    workers,
    env: common,
    get,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

export const generatePath = (query: string) => `/generate?query=${encodeURIComponent(query)}`;

export const SIMPLE = 'Write a Python function to reverse a string';
export const COMPLEX = 'Build a REST API for a todo list with authentication and rate limiting';
export const AMBIGUOUS = 'Make it better';
