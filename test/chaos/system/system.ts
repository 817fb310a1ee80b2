import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@codegen/testing/network/free-port';
import { ROOT } from '@codegen/testing/process/program';
import { send } from '../client/http.ts';
import { type CallFeed, followCalls } from './call-feed.ts';
import { createProcess, type ManagedProcess } from './process.ts';
import { type RedisStore, startRedisStore } from './redis.ts';
import { waitUntil } from './until.ts';

/** The complete system. Each part is a process that can be stopped and restarted. */
export interface System extends AsyncDisposable {
  readonly dir: string;
  readonly store: RedisStore;
  readonly simulatorUrl: string;
  readonly simulator: ManagedProcess;
  readonly calls: CallFeed;
  readonly apis: readonly ManagedProcess[];
  readonly workers: readonly ManagedProcess[];
  /** Base URLs of the APIs. */
  readonly urls: readonly string[];
  /** The stage logs of a worker. */
  logs(worker: ManagedProcess): StageLogs;
  /** Resolves when `/readyz` of every API reports all workers. */
  ready(): Promise<void>;
}

export interface SystemOptions {
  readonly workers?: number;
  readonly apis?: number;
  readonly fsync?: 'always' | 'everysec';
  readonly sentinel?: boolean;
  readonly simulator?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const main = (path: string) => join(ROOT, path);
const PRELOAD = ['--expose-gc', '--import', join(import.meta.dirname, 'commands.preload.ts')];

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { workers: workerCount = 3, apis: apiCount = 2, fsync = 'everysec', sentinel = false } = options;
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'codegen-chaos-'));
  const store = stack.use(await startRedisStore({ dir, fsync, sentinel }));
  const node = (
    name: string,
    path: string,
    args: readonly string[],
    env: Record<string, string>,
    ready: (output: string) => unknown,
  ) =>
    stack.use(
      createProcess({
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
  const simulator = node('simulator', 'packages/simulator/src/main.ts', simulatorArgs, {}, (output) =>
    output.includes('http:'),
  );
  await simulator.start();
  const calls = stack.use(await followCalls(simulatorUrl));

  const common = { REDIS_URL: store.url, QUEUE_NAMESPACE: 'chaos', SHUTDOWN_GRACE_SECONDS: '2' };
  const names = Array.from({ length: workerCount }, (_, index) => `worker-${index + 1}`);
  const logs = new Map<string, StageLogs>();
  for (const name of names) logs.set(name, await createStageLogs(join(dir, 'stages'), name));
  const logsOf = (name: string) => {
    const found = logs.get(name);
    if (found === undefined) throw new Error(`${name} is not a worker`);
    return found;
  };
  const workers = names.map((name) => {
    const models = { BASE_URL: simulatorUrl, MODEL_TIMEOUT_SECONDS: '4', MODEL_RETRY_MS: '50' };
    const env = { ...common, ...models, LOG_DIR: logsOf(name).dir };
    return node(name, 'apps/worker/src/main.ts', [], env, (output) => output.includes('"msg":"ready"'));
  });
  const ports = await Promise.all(Array.from({ length: apiCount }, freePort));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const apis = ports.map((port, index) =>
    node(`api-${index + 1}`, 'apps/api/src/main.ts', [], { ...common, PORT: String(port) }, (output) =>
      output.includes('"msg":"listening"'),
    ),
  );
  const system: System = {
    dir,
    store,
    simulatorUrl,
    simulator,
    calls,
    apis,
    workers,
    urls,
    logs: ({ name }) => logsOf(name),
    ready: () =>
      waitUntil('every API reports all workers', async () => {
        const answers = await Promise.all(urls.map((url) => send(`${url}/readyz`)));
        return answers.every(({ text }) => (JSON.parse(text).workers?.stages ?? 0) >= workerCount);
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  await Promise.all([...workers, ...apis].map((process) => process.start()));
  await system.ready();
  const resources = stack.move();
  return system;
}

/** The folder for stage logs of a worker. It is a symbolic link, so that it can be replaced atomically. */
export interface StageLogs {
  /** Value for LOG_DIR. */
  readonly dir: string;
  /** Replaces the folder by the result of `make`. @returns a function that restores the folder */
  replace(make: (path: string) => Promise<void>): Promise<() => Promise<void>>;
}

export async function createStageLogs(parent: string, name: string): Promise<StageLogs> {
  const dir = join(parent, name);
  const folder = `${dir}.folder`;
  const other = `${dir}.other`;
  const point = async (target: string) => {
    const link = `${dir}.next`;
    await symlink(target, link);
    await rename(link, dir);
  };
  await mkdir(folder, { recursive: true });
  await point(folder);
  return {
    dir,
    async replace(make) {
      await make(other);
      await point(other);
      return async () => {
        await point(folder);
        await rm(other, { recursive: true });
      };
    },
  };
}
