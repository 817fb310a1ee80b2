import { limits, type Role } from '@codegen/pipeline';
import { keepFinishedJobs, queueSettings, queuesOf, requireRedisUrl } from '@codegen/queue';
import { integer, list, logLevel, readSettings, SettingsError, shutdownGrace, url } from '@codegen/settings';
import { webhookSettings } from '@codegen/webhook';
import { z } from 'zod';

/**
 * The default models of each role on OpenRouter: the primary one, then its fallbacks in order. Fallbacks are of the same
 * family where possible, because prompts are tuned for it. `:free` models are excluded: they allow 50 requests a day,
 * and a complex run makes eight.
 */
const DEFAULT_MODELS: Readonly<Record<Role, readonly string[]>> = {
  classifier: ['mistralai/mistral-small-3.2-24b-instruct', 'mistralai/ministral-8b-2512'],
  interpreter: ['google/gemini-3.1-flash-lite', 'google/gemini-3.5-flash'],
  generator: ['qwen/qwen3-coder-next', 'qwen/qwen3-coder', 'qwen/qwen-2.5-coder-32b-instruct'],
  instructTuned: ['mistralai/mistral-small-3.2-24b-instruct', 'mistralai/ministral-8b-2512'],
  reviewer: ['deepseek/deepseek-v4-flash', 'deepseek/deepseek-v4-pro', 'deepseek/deepseek-r1'],
};

const models = (role: Role, task: string) =>
  list(DEFAULT_MODELS[role]).describe(
    `Models that ${task}: the primary one, then fallbacks, comma-separated`,
  );

/** The worker's environment variables. Each description is the variable's documentation. */
export const workerSettings = z.object({
  ...queueSettings.shape,
  OPENROUTER_API_KEY: z
    .string()
    .optional()
    .describe('API key for OpenRouter, or for the server at `BASE_URL` if it requires one'),
  BASE_URL: url(['http', 'https']).describe(
    'Base URL of an OpenAI-compatible server, e.g. `http://localhost:11434/v1`; OpenRouter when not set',
  ),
  APP_NAME: z.string().default('Code Generation Agent').describe('Application name shown by OpenRouter'),
  HTTP_REFERER: url(['http', 'https']).describe('Application URL shown by OpenRouter'),
  MODEL_CLASSIFIER: models('classifier', 'choose the route of a request'),
  MODEL_INTERPRETER: models('interpreter', 'write specifications and ask for clarification'),
  MODEL_GENERATOR: models('generator', 'write first drafts'),
  MODEL_INSTRUCT_TUNED: models('instructTuned', 'answer simple requests and improve drafts'),
  MODEL_REVIEWER: models('reviewer', 'compare and polish implementations'),
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
    'Consecutive failures of a model, over all runs, that open its circuit breaker: all workers use its fallbacks while it cools down. 0 disables breakers of models',
  ),
  MODEL_LIMITS: limits.describe(
    'Limits on model calls of all workers together, e.g. `:free=20/min,50/day` for OpenRouter’s free models. A limit applies to a model id, to an id suffix that begins with `:`, or to all (`*`); `/min` is a sliding window of 60 seconds, `/day` a UTC day. Unlimited when not set',
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
  SHUTDOWN_GRACE_SECONDS: shutdownGrace,
  LOG_LEVEL: logLevel,
});

export type WorkerSettings = z.output<typeof workerSettings>;

/** Worker settings with the required ones set. */
export type WorkerOptions = WorkerSettings & { readonly REDIS_URL: string };

/** @throws SettingsError */
export function readWorkerOptions(env = process.env): WorkerOptions {
  const settings = readSettings(workerSettings, env);
  const REDIS_URL = requireRedisUrl(settings);
  const { BASE_URL, OPENROUTER_API_KEY } = settings;
  if (BASE_URL === null && OPENROUTER_API_KEY === undefined) {
    throw new SettingsError(
      'OPENROUTER_API_KEY is not set; it must be a key of openrouter.ai, or BASE_URL name another server',
    );
  }
  return { ...settings, REDIS_URL, WORKER_QUEUES: workerQueues(settings) };
}

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
