import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@codegen/testing/network/free-port';
import { ROOT } from '@codegen/testing/process';
import { type CallFeed, followCalls } from './call-feed.ts';
import { ask } from './http.ts';
import { openStageLogs, type StageLogs } from './stage-logs.ts';
import { openStore, type Store } from './store.ts';
import { type Unit, unitOf } from './unit.ts';
import { until } from './until.ts';

/** The whole system, each part of it in a process of its own that can be ended and started again. */
export interface Site extends AsyncDisposable {
  readonly dir: string;
  readonly store: Store;
  readonly simulatorUrl: string;
  readonly simulator: Unit;
  readonly calls: CallFeed;
  readonly apis: readonly Unit[];
  readonly workers: readonly Unit[];
  /** Addresses of the APIs. */
  readonly urls: readonly string[];
  /** Of a worker. */
  logs(worker: Unit): StageLogs;
  /** Resolves when every API says that all workers are there. */
  whole(): Promise<void>;
}

export interface SiteOptions {
  readonly workers?: number;
  readonly apis?: number;
  readonly fsync?: 'always' | 'everysec';
  readonly sentinel?: boolean;
  readonly simulator?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const main = (path: string) => join(ROOT, path);
const PRELOAD = ['--expose-gc', '--import', join(import.meta.dirname, 'orders.preload.ts')];

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { workers: workerCount = 3, apis: apiCount = 2, fsync = 'everysec', sentinel = false } = options;
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'codegen-chaos-'));
  const store = stack.use(await openStore({ dir, fsync, sentinel }));
  const node = (
    name: string,
    path: string,
    args: readonly string[],
    env: Record<string, string>,
    ready: (heard: string) => unknown,
  ) =>
    stack.use(
      unitOf({
        name,
        program: process.execPath,
        args: [...PRELOAD, main(path), ...args],
        env: { ...env, ...options.env },
        dir,
        ready,
      }),
    );

  const simulatorPort = String(await freePort());
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}/v1`;
  const simulatorArgs = ['--port', simulatorPort, ...(options.simulator ?? [])];
  const simulator = node('simulator', 'packages/simulator/src/main.ts', simulatorArgs, {}, (heard) =>
    heard.includes('http:'),
  );
  await simulator.start();
  const calls = stack.use(await followCalls(simulatorUrl));

  const common = { REDIS_URL: store.url, QUEUE_NAMESPACE: 'chaos', SHUTDOWN_GRACE_SECONDS: '2' };
  const names = Array.from({ length: workerCount }, (_, index) => `worker-${index + 1}`);
  const logs = new Map<string, StageLogs>();
  for (const name of names) logs.set(name, await openStageLogs(join(dir, 'stages'), name));
  const logsOf = (name: string) => {
    const found = logs.get(name);
    if (found === undefined) throw new Error(`${name} is no worker`);
    return found;
  };
  const workers = names.map((name) => {
    const models = { BASE_URL: simulatorUrl, MODEL_TIMEOUT_SECONDS: '4', MODEL_RETRY_MS: '50' };
    const env = { ...common, ...models, LOG_DIR: logsOf(name).dir };
    return node(name, 'apps/worker/src/main.ts', [], env, (heard) => heard.includes('"msg":"ready"'));
  });
  const ports = await Promise.all(Array.from({ length: apiCount }, freePort));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const apis = ports.map((port, index) =>
    node(`api-${index + 1}`, 'apps/api/src/main.ts', [], { ...common, PORT: String(port) }, (heard) =>
      heard.includes('"msg":"listening"'),
    ),
  );
  const site: Site = {
    dir,
    store,
    simulatorUrl,
    simulator,
    calls,
    apis,
    workers,
    urls,
    logs: ({ name }) => logsOf(name),
    whole: () =>
      until('every API sees all workers', async () => {
        const answers = await Promise.all(urls.map((url) => ask(`${url}/readyz`)));
        return answers.every(({ text }) => (JSON.parse(text).workers?.stages ?? 0) >= workerCount);
      }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
  await Promise.all([...workers, ...apis].map((unit) => unit.start()));
  await site.whole();
  const held = stack.move();
  return site;
}
