import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@codegen/client';
import { readGenerateSettings, readLocalOptions } from './config.ts';
import { modelSource } from './start/startup-message.ts';
import { printable, type Terminal } from './terminal.ts';

/** How long the client retries while the service restarts, in ms. */
const RESTART_TIMEOUT_MS = 60_000;

/** The service that a command uses. */
export interface Service extends AsyncDisposable {
  readonly client: Client;
  /** Settings with the keys of the model servers, if this command started the service. */
  readonly keyVariables: readonly string[];
  /** Resolves when the service that this command started cannot continue. */
  readonly failed: Promise<Error>;
}

interface ServiceOptions {
  /** Without a model server, answer at once. */
  readonly fast: boolean;
  /** A model that requests name. A service that this command starts allows it. */
  readonly model: string | null;
}

const connect = (url: string, apiKey: string | undefined) =>
  createClient({ baseUrl: url, retryTimeoutMs: RESTART_TIMEOUT_MS, ...(apiKey && { apiKey }) });

/** The service at `CODEGEN_URL`, or one started for this command. @throws SettingsError, or Error if it does not start */
export async function connectService(options: ServiceOptions, terminal: Terminal): Promise<Service> {
  const { CODEGEN_URL: baseUrl, CODEGEN_API_KEY } = readGenerateSettings();
  if (baseUrl === null) return startService(options, terminal);
  return {
    client: connect(baseUrl, CODEGEN_API_KEY),
    keyVariables: [],
    failed: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function startService({ fast, model }: ServiceOptions, terminal: Terminal): Promise<Service> {
  // Loaded here: a command that uses a running service starts in a third of the time without API and worker.
  const { checkServers } = await import('@codegen/worker');
  const { startSystem } = await import('./system.ts');
  const { createSentenceLog } = await import('./log.ts');
  const options = readLocalOptions();
  if (options.simulate) terminal.printLine(`models ${modelSource(options)}`);
  const { unreachable, unlisted } = await checkServers(options.roles);
  if (unreachable[0] !== undefined) throw new Error(unreachable[0]);
  for (const warning of unlisted) terminal.printLine(printable(warning));
  // A free local port that only this command has a key for. Without REDIS_URL, Redis runs in a temporary folder.
  const apiKey = randomUUID();
  const api = {
    ...options.api,
    PORT: 0,
    HOST: '127.0.0.1',
    API_KEYS: [{ caller: 'generate', digest: createHash('sha256').update(apiKey).digest() }],
    ALLOWED_MODELS: [...options.api.ALLOWED_MODELS, ...(model === null ? [] : [model])],
  };
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'codegen-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const start = { dataDir, durable: false, fast };
  const system = await startSystem({ ...options, api }, start, createSentenceLog(terminal));
  stack.defer(() => system.close());
  const started = stack.move();
  return {
    client: connect(system.url, apiKey),
    failed: system.failed,
    keyVariables: [...new Set(options.roles.map(({ server }) => server.keyVariable))],
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
