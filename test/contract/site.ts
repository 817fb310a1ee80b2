import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '@codegen/api';
import { apiSettings } from '@codegen/api/settings';
import { graph } from '@codegen/pipeline';
import { createRuns, type Runs } from '@codegen/queue';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { type OpenApi, readDocument } from '@codegen/testing/openapi/document';
import { sendRequest } from '@codegen/testing/openapi/http-request';
import { HANG_MS, REDIS_TIMEOUT_MS } from '@codegen/testing/timeouts';
import { startWorker } from '@codegen/worker';
import { workerSettings } from '@codegen/worker/settings';
import { pino } from 'pino';
import { inject, vi } from 'vitest';

export const KEY = 'a-key-for-the-contract';

/** The model server never answers a query that contains this word. */
export const ENDLESS = 'endlessly';

/** The service with a simulated model server, and APIs with other settings. */
export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly document: OpenApi;
  readonly simulator: Simulator;
  /** An API that cannot reach Redis. */
  readonly cutOff: string;
  /** An API without workers and webhooks that accepts no jobs. */
  readonly alone: string;
  /** An API without keys of callers and operators. */
  readonly keyless: string;
  /** An API without workers that accepts one request a minute. */
  readonly limited: string;
  /** An API of the same jobs that accepts one open job per caller. */
  readonly full: string;
  /** An API of the same jobs that accepts no further ones. */
  readonly crowded: string;
  /** An API of the same jobs that shows prompts. */
  readonly open: string;
  /** An API of the same jobs whose caller may spend nothing. */
  readonly spent: string;
  /** Pauses and resumes the intake of all APIs of the same jobs. */
  readonly intake: Pick<Runs, 'setIntake'>;
  /** Starts an API and a worker with a namespace of their own, and returns the address. */
  startAnother(): Promise<string>;
}

const log = pino({ level: 'silent' });

/** A page with one file, in place of the built one. */
const SCRIPT = { type: 'text/javascript; charset=utf-8', body: Buffer.from('run();'), gzip: null };
const PAGE = {
  html: { ...SCRIPT, type: 'text/html; charset=utf-8' },
  assets: new Map([['page.js', SCRIPT]]),
};

const newNamespace = () => `c-${randomUUID()}`;

export async function startSite(): Promise<Site> {
  await using starting = new AsyncDisposableStack();
  let stack: AsyncDisposableStack = starting;
  const logDir = await mkdtemp(join(tmpdir(), 'codegen-contract-'));
  stack.defer(() => rm(logDir, { recursive: true, force: true }));
  const simulator = stack.use(await startSimulator());
  simulator.faults.add({ match: { contains: ENDLESS }, fault: { kind: 'hang' } });

  const redisUrl = inject('redisUrl');
  const redisTimeoutMs = REDIS_TIMEOUT_MS;
  const proxy = stack.use(await startCuttableProxy(redisUrl));
  const common = { REDIS_URL: redisUrl, QUEUE_NAMESPACE: newNamespace() };
  const API_KEYS = `contract:${createHash('sha256').update(KEY).digest('hex')}`;
  const api = async (given: Record<string, string | undefined>) => {
    const settings = apiSettings.parse({ ...common, API_KEYS, ADMIN_KEYS: API_KEYS, PORT: '0', ...given });
    const place =
      given.REDIS_URL === undefined
        ? { REDIS_URL: redisUrl, redisTimeoutMs }
        : { REDIS_URL: given.REDIS_URL };
    return stack.use(await startApi({ ...settings, ...place }, log, undefined, PAGE)).url;
  };
  const models = { BASE_URL: simulator.baseUrl, MODEL_RETRY_MS: '1', LOG_DIR: logDir };
  const work = async (given: Record<string, string>) => {
    const settings = workerSettings.parse({ ...common, ...models, ...given });
    stack.use(await startWorker({ ...settings, REDIS_URL: redisUrl, WORKER_QUEUES: ['stages'] }, log));
  };
  const startAnother = async () => {
    const own = { QUEUE_NAMESPACE: newNamespace() };
    await work(own);
    return api(own);
  };
  await work({});

  // The worker has no secret: webhooks are accepted and never delivered.
  const secrets = { WEBHOOK_SECRETS: `whsec_${Buffer.alloc(24).toString('base64')}` };
  const url = await api(secrets);
  const cutOff = await api({ ...secrets, REDIS_URL: proxy.url });
  const alone = await api({ QUEUE_NAMESPACE: newNamespace(), MAX_ACTIVE_JOBS: '0' });
  const keyless = await api({ QUEUE_NAMESPACE: newNamespace(), API_KEYS: undefined, ADMIN_KEYS: undefined });
  const limited = await api({ QUEUE_NAMESPACE: newNamespace(), RATE_LIMIT_PER_MINUTE: '1' });
  const full = await api({ MAX_CONCURRENT_JOBS: '1' });
  const crowded = await api({ MAX_ACTIVE_JOBS: '0' });
  const open = await api({ SHOW_PROMPTS: 'true' });
  const spent = await api({ API_KEYS: `${API_KEYS} usd-per-day=0` });
  const { QUEUE_NAMESPACE: namespace } = common;
  const intake = stack.use(createRuns(graph, { redisUrl, redisTimeoutMs, namespace, retentionSeconds: 600 }));
  await intake.connected();
  await proxy.cut();
  const answers = async (status: number) =>
    (await sendRequest(url, { method: 'get', path: '/readyz' })).status === status;
  await vi.waitUntil(() => answers(200), { timeout: HANG_MS, interval: 20 });
  const document = await readDocument(url);
  stack = starting.move();
  const others = { cutOff, alone, keyless, limited, full, crowded, open, spent, intake, startAnother };
  return { url, document, simulator, ...others, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
