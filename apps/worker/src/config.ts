import { limits } from '@codegen/pipeline';
import {
  keepFinishedJobs,
  queueSettings,
  queuesOf,
  requireRedisUrl,
  sandboxSettings,
} from '@codegen/queue/settings';
import {
  integer,
  list,
  logLevel,
  misspeltSettings,
  readSettings,
  SettingsError,
  shutdownGrace,
  url,
} from '@codegen/settings';
import { metricsPort, telemetrySettings, tracingSettings } from '@codegen/telemetry/settings';
import { webhookSettings } from '@codegen/webhook/settings';
import { z } from 'zod';
import { resolveRoles, serverSettings, withProxyVariables } from './servers/settings.ts';

/** The worker's environment variables. Each description is the variable's documentation. */
export const workerSettings = z.object({
  ...queueSettings.shape,
  ...sandboxSettings.shape,
  ...serverSettings.shape,
  APP_NAME: z.string().default('Code Generation Agent').describe('Application name shown by OpenRouter'),
  HTTP_REFERER: url(['http', 'https']).describe('Application URL shown by OpenRouter'),
  MODEL_FIRST_TOKEN_SECONDS: integer(1, 3_600, 120).describe(
    'Timeout of a model call until its first text or reasoning, in seconds. Raise it for a local model that loads slowly',
  ),
  MODEL_IDLE_SECONDS: integer(1, 3_600, 60).describe(
    'Timeout of a model call without further text or reasoning, in seconds',
  ),
  MODEL_TIMEOUT_SECONDS: integer(1, 3_600, 600).describe('Timeout of a whole model call, in seconds'),
  MODEL_TRIES: integer(1, 20, 3).describe('Failed calls of one model before its fallback is used'),
  MODEL_RETRY_MS: integer(1, 60_000, 1_000).describe(
    'Delay before a failed call is retried, in ms; doubles with every retry',
  ),
  MODEL_BREAKER_FAILURES: integer(0, 1_000, 5).describe(
    'Consecutive failures of a model, over all runs, that open its circuit breaker: all workers use its fallbacks while it cools down. Timeouts and server errors, which a request can cause, count per caller and pause the model for that caller. 0 disables breakers of models',
  ),
  MODEL_LIMITS: limits.describe(
    'Limits on model calls of all workers together with one key at one server, e.g. `:free=20/min,50/day` for OpenRouter’s free models. A limit applies to a model id, to an id suffix that begins with `:`, or to all (`*`); `/min` is a sliding window of 60 seconds, `/day` a UTC day. Unlimited when not set',
  ),
  STAGE_LOG_DAYS: integer(0, 3_650, 0).describe(
    'Days for which stage logs are kept: a log is rotated each UTC day, and deleted when it is so old. 0 keeps the last ten rotated files of each log',
  ),
  LOG_DIR: z.string().default('logs').describe('Folder of the stage logs'),
  LOG_MAX_BYTES: integer(0, 1e12, 10_485_760).describe(
    'Size in bytes at which a stage log is rotated; 0 never rotates',
  ),
  WORKER_QUEUES: list([]).describe('Queues that this worker processes, comma-separated; all when not set'),
  WORKER_CONCURRENCY: integer(1, 10_000, 200).describe(
    'Stages that a worker process runs concurrently, per queue',
  ),
  KEEP_FINISHED_JOBS: keepFinishedJobs,
  ...webhookSettings.shape,
  WORKER_METRICS_PORT: metricsPort('a worker'),
  ...telemetrySettings.shape,
  ...tracingSettings.shape,
  SHUTDOWN_GRACE_SECONDS: shutdownGrace,
  LOG_LEVEL: logLevel,
});

export type WorkerSettings = z.output<typeof workerSettings>;

/** Worker settings with the required ones set. */
export type WorkerOptions = WorkerSettings & { readonly REDIS_URL: string };

/** @throws SettingsError */
export function readWorkerOptions(env = process.env): WorkerOptions {
  const settings = readSettings(workerSettings, withProxyVariables(env));
  const REDIS_URL = requireRedisUrl(settings);
  resolveRoles(settings);
  return { ...settings, REDIS_URL, WORKER_QUEUES: workerQueues(settings) };
}

/** A sentence for each variable that is likely a misspelt setting. */
export const workerSettingWarnings = (env = process.env) =>
  misspeltSettings(workerSettings, env, ['METRICS_PORT']);

/** The queues that a worker processes. @throws SettingsError if WORKER_QUEUES names a queue that STAGE_QUEUES does not */
export function workerQueues({ WORKER_QUEUES, STAGE_QUEUES }: WorkerSettings): readonly string[] {
  const all = queuesOf(STAGE_QUEUES);
  const unknown = WORKER_QUEUES.find((queue) => !all.includes(queue));
  if (unknown !== undefined) {
    throw new SettingsError(
      `WORKER_QUEUES names ${JSON.stringify(unknown)}; it must name some of ${all.join(', ')}`,
    );
  }
  return WORKER_QUEUES.length === 0 ? all : WORKER_QUEUES;
}
