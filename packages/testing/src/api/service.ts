import { randomUUID } from 'node:crypto';
import { startApi } from '@codegen/api';
import type { ApiOptions } from '@codegen/api/settings';
import { graph, type Run } from '@codegen/pipeline';
import {
  createRuns,
  type KeepFinishedJobs,
  type QueueOptions,
  type RunningWorker,
  type Runs,
  startStageWorker,
} from '@codegen/queue';
import { pino } from 'pino';
import { expect, inject, vi } from 'vitest';
import type { Replies } from '../models/replies.ts';
import { type Models, scriptModels } from '../models/scripted-models.ts';
import { collectFaults } from '../runs/worker-faults.ts';
import { HANG_MS, LOCK_MS, REDIS_TIMEOUT_MS } from '../timeouts.ts';
import { expectMatchesOpenApi } from './openapi-check.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests know the shape
  readonly json: any;
}

/** An API on a free port with its own Redis namespace, and workers with scripted models. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  /** Null unless METRICS_PORT is set. */
  readonly metricsUrl: string | null;
  readonly namespace: string;
  /** Options for further clients and workers of the same queue. */
  readonly queue: QueueOptions;
  readonly runs: Runs;
  readonly models: Models;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  /** Starts a run and returns its path, `/jobs/:id`. */
  begin(query?: string): Promise<string>;
  /** Polls the job at a path until `isWanted` returns true. */
  job(path: string, isWanted: (job: Reply['json']) => boolean): Promise<Reply['json']>;
  /** The run at a job's path, after it has finished. */
  finished(path: string): Promise<Run>;
  startWorker(): Promise<RunningWorker>;
  close(): Promise<void>;
}

interface Given {
  readonly replies?: Replies;
  readonly settings?: Partial<ApiOptions>;
  /** False starts no worker. */
  readonly worker?: boolean;
  readonly log?: Parameters<typeof startApi>[1];
  readonly timeouts?: Parameters<typeof startApi>[2];
  /** The built page; none by default. */
  readonly page?: Parameters<typeof startApi>[3];
  /** Interval at which workers delete expired runs, in ms. */
  readonly maintenanceMs?: number;
  readonly keepFinishedJobs?: KeepFinishedJobs;
}

export const DEFAULTS: ApiOptions = {
  REDIS_URL: '',
  QUEUE_NAMESPACE: '',
  JOB_RETENTION: 600,
  MODEL_CONTEXT_TOKENS: 32_768,
  STAGE_QUEUES: {},
  SHOW_PROMPTS: false,
  EFFORT: 'balanced',
  SANDBOX: 'syntax',
  STAGE_LOG: 'answers',
  MAX_ACTIVE_JOBS: 10_000,
  MAX_CONCURRENT_JOBS: 0,
  RATE_LIMIT_PER_MINUTE: 0,
  MAX_CONNECTIONS: 20_000,
  API_KEYS: [],
  ADMIN_KEYS: [],
  CORS_ORIGINS: [],
  ALLOW_ANONYMOUS: true,
  // Tests with raw requests send `Host: x`.
  ALLOWED_HOSTS: ['*'],
  WEBHOOK_SECRETS: [],
  WEBHOOK_CALLER_SECRETS: [],
  WEBHOOK_ALLOW_PRIVATE: false,
  PORT: 0,
  HOST: '127.0.0.1',
  SYNC_WAIT_SECONDS: 50,
  MAX_QUERY_CHARS: 8_000,
  MAX_FILES_BYTES: 262_144,
  ALLOWED_MODELS: [],
  DISCONNECT_GRACE_SECONDS: 10,
  SHUTDOWN_GRACE_SECONDS: 30,
  LOG_LEVEL: 'silent',
  MAX_JOB_COST_USD: null,
  TRUSTED_PROXIES: [],
  PUBLIC_URL: null,
  METRICS_PORT: null,
  METRICS_HOST: '127.0.0.1',
  OTEL_EXPORTER_OTLP_ENDPOINT: null,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: null,
  OTEL_BSP_SCHEDULE_DELAY: 500,
  OTEL_SDK_DISABLED: false,
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: false,
};

export async function startService(given: Given = {}): Promise<Service> {
  const { replies = {}, settings = {}, worker = true, log = pino({ level: 'silent' }) } = given;
  const REDIS_URL = inject('redisUrl');
  const { QUEUE_NAMESPACE: namespace = `api-${randomUUID()}` } = settings;
  const { JOB_RETENTION: retentionSeconds = DEFAULTS.JOB_RETENTION } = settings;
  // A test of a Redis that fails has its own URL, and the timeout of production.
  const timeout = settings.REDIS_URL === undefined ? { redisTimeoutMs: REDIS_TIMEOUT_MS } : {};
  const options = { ...DEFAULTS, REDIS_URL, ...timeout, ...settings, QUEUE_NAMESPACE: namespace };
  const api = await startApi(options, log, given.timeouts, given.page ?? null);
  // The test's own connection to the queue, which no test interrupts.
  const line = {
    redisUrl: REDIS_URL,
    redisTimeoutMs: REDIS_TIMEOUT_MS,
    namespace,
    retentionSeconds,
  };
  const runs = createRuns(graph, line);
  await runs.connected();
  const models = scriptModels(replies, { baseDelayMs: 1 });
  const runtime = { ...models, now: Date.now, random: Math.random };
  const faults: Error[] = [];
  const consumers: RunningWorker[] = [];

  const service: Service = {
    url: api.url,
    metricsUrl: api.metricsUrl,
    namespace,
    queue: line,
    runs,
    models,
    get: (path, headers = {}) => get(`${api.url}${path}`, headers),
    async begin(query = 'hello') {
      const path = `/generate?query=${encodeURIComponent(query)}`;
      const { status, headers } = await service.get(path, { Prefer: 'respond-async' });
      expect(status).toBe(202);
      return headers.get('Location') ?? '';
    },
    job: (path, isWanted) =>
      vi.waitUntil(
        async () => {
          const { json } = await service.get(path);
          return isWanted(json) && json;
        },
        { timeout: HANG_MS, interval: 10 },
      ),
    async finished(path) {
      const id = path.slice('/jobs/'.length);
      expect(await runs.waitUntilFinished(id, AbortSignal.timeout(HANG_MS))).toBe(true);
      return (await runs.load(id)) as Run;
    },
    async startWorker() {
      const report = collectFaults(faults);
      const { maintenanceMs, keepFinishedJobs } = given;
      const work = {
        ...line,
        lockMs: LOCK_MS,
        storePrompts: options.SHOW_PROMPTS,
        ...(maintenanceMs && { maintenanceMs }),
        ...(keepFinishedJobs && { keepFinishedJobs }),
      };
      const consumer = await startStageWorker(graph, runtime, { ...work, concurrency: 100, report });
      consumers.push(consumer);
      return consumer;
    },
    close: () => api.close(),
    async [Symbol.asyncDispose]() {
      await api.close();
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await runs.close();
      expect(faults).toEqual([]);
    },
  };
  if (worker) {
    await service.startWorker();
    await until(async () => (await service.get('/readyz')).status === 200);
  } else if (settings.REDIS_URL === undefined) {
    // On a busy machine the connection to Redis may take longer than the start.
    await until(async () => (await service.get('/readyz')).json.type !== '/problems/queue-unavailable');
  }
  return service;
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(url, { headers });
  const body = await response.text();
  const json = /json/.test(response.headers.get('Content-Type') ?? '') ? JSON.parse(body) : null;
  const reply = { status: response.status, headers: response.headers, body, json };
  expectMatchesOpenApi('GET', url.slice(new URL(url).origin.length), reply);
  return reply;
}

/** Polls until `condition` returns true; an error counts as false. */
export const until = (condition: () => Promise<boolean>) =>
  vi.waitUntil(() => condition().catch(() => false), { timeout: HANG_MS, interval: 10 });

/** Asserts the parts that all problems have. */
export function expectProblem(
  reply: Pick<Reply, 'status' | 'headers' | 'json'>,
  type: string,
  status: number,
) {
  expect({ status: reply.status, ...reply.json }).toMatchObject({ status, type: `/problems/${type}` });
  expect(reply.headers.get('Content-Type')).toMatch(/^application\/problem\+json(?:; charset=utf-8)?$/);
  expect(reply.json.title).toMatch(/\S/);
  expect(reply.json.detail).toMatch(/\S/);
}

/** Asserts the status and headers of a 202 that names a job. @returns the path of the job, `/jobs/:id` */
export function expectAcceptedHeaders({ status, headers }: Pick<Reply, 'status' | 'headers'>): string {
  const path = `/jobs/${headers.get('X-Job-Id') ?? ''}`;
  expect(status).toBe(202);
  expect(headers.get('Location')).toBe(path);
  expect(headers.get('Link')).toBe(`<${path}>; rel="status"`);
  expect(headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(headers.get('Cache-Control')).toBe('no-store');
  return path;
}
