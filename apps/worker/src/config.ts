import { limits } from '@codegen/pipeline';
import { keepFinishedJobs, queueSettings, queuesOf, requireRedisUrl } from '@codegen/queue';
import { integer, list, logLevel, readSettings, SettingsError, shutdownGrace, url } from '@codegen/settings';
import { webhookSettings } from '@codegen/webhook';
import { z } from 'zod';
import { DEFAULT_MODELS } from './models.ts';

const models = (role: keyof typeof DEFAULT_MODELS, what: string) =>
  list(DEFAULT_MODELS[role]).describe(`Models that ${what}: the main one, then stand-ins, between commas`);

/** The worker's environment variables; each description is the variable's line in the README. */
export const workerSettings = z.object({
  ...queueSettings.shape,
  OPENROUTER_API_KEY: z
    .string()
    .optional()
    .describe('Key for OpenRouter, or for the server at `BASE_URL` if it wants one'),
  BASE_URL: url(['http', 'https']).describe(
    'Any OpenAI-compatible server, e.g. `http://localhost:11434/v1`; OpenRouter when not set',
  ),
  APP_NAME: z
    .string()
    .default('Code Generation Agent')
    .describe('Name OpenRouter shows for this application'),
  HTTP_REFERER: url(['http', 'https']).describe('Address OpenRouter shows for this application'),
  MODEL_CLASSIFIER: models('classifier', 'decide how a request is served'),
  MODEL_INTERPRETER: models('interpreter', 'write specifications and ask back'),
  MODEL_GENERATOR: models('generator', 'write first drafts'),
  MODEL_INSTRUCT_TUNED: models('instructTuned', 'answer simple requests and improve drafts'),
  MODEL_REVIEWER: models('reviewer', 'compare and polish'),
  MODEL_TIMEOUT_SECONDS: integer(1, 3_600, 120).describe('Longest time one model call may take'),
  MODEL_TRIES: integer(1, 20, 3).describe('Calls of one model that may fail before its stand-in is taken'),
  MODEL_RETRY_MS: integer(1, 60_000, 1_000).describe(
    'Pause before a failed call is repeated; doubles every time',
  ),
  MODEL_BREAKER_FAILURES: integer(0, 1_000, 5).describe(
    'Failures of a model in a row, over all runs, after which all workers leave it alone for a while and use its stand-ins; 0 never does',
  ),
  MODEL_LIMITS: limits.describe(
    'Calls that all workers together may make, e.g. `:free=20/min,50/day` for OpenRouter’s free models: of a model, an ending of ids that begins with `:`, or `*`; `/min` is any 60 seconds, `/day` a day of UTC. Any number when not set',
  ),
  LOG_DIR: z.string().default('logs').describe('Folder of the stage logs'),
  LOG_MAX_BYTES: integer(0, 1e12, 10_485_760).describe(
    'Size at which a stage log is rotated; 0 never rotates',
  ),
  WORKER_QUEUES: list([]).describe('Queues this worker takes stages from; all of them when not set'),
  WORKER_CONCURRENCY: integer(1, 10_000, 200).describe(
    'Stages of each queue that one worker process runs at a time',
  ),
  KEEP_FINISHED_JOBS: keepFinishedJobs,
  ...webhookSettings.shape,
  SHUTDOWN_GRACE_SECONDS: shutdownGrace,
  LOG_LEVEL: logLevel,
});

export type WorkerSettings = z.output<typeof workerSettings>;

/** A worker's settings with all it cannot do without. */
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
  return { ...settings, REDIS_URL, WORKER_QUEUES: takenQueues(settings) };
}

/** @throws SettingsError if a queue is to be taken that no role is mapped to. */
export function takenQueues({ WORKER_QUEUES, STAGE_QUEUES }: WorkerSettings): readonly string[] {
  const all = queuesOf(STAGE_QUEUES);
  const unknown = WORKER_QUEUES.find((queue) => !all.includes(queue));
  if (unknown !== undefined) {
    throw new SettingsError(
      `WORKER_QUEUES names ${JSON.stringify(unknown)}; it must name some of ${all.join(', ')}`,
    );
  }
  return WORKER_QUEUES.length === 0 ? all : WORKER_QUEUES;
}
