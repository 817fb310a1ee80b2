import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_RETRY, graph, MODEL_BREAKER, type Role, type StageRuntime } from '@codegen/pipeline';
import {
  type AppendStageLog,
  queueOptions,
  type RunningWorker,
  startStageWorker,
  startWebhookWorker,
} from '@codegen/queue';
import type { Logger } from 'pino';
import type { WorkerOptions } from './config.ts';
import { createModelClient } from './model/client.ts';
import { reportStages, reportWebhooks } from './report.ts';
import { createStageLog, type StageLog } from './stage-log/log.ts';
import { createWebhookSender } from './webhook/sender.ts';

/** Runs stages and delivers webhooks until it is closed. */
export interface CodegenWorker extends AsyncDisposable {
  /** Waits up to `graceMs` for active stages, then returns them to the queue. Can be called twice. */
  close(graceMs?: number): Promise<void>;
}

export async function startWorker(options: WorkerOptions, log: Logger): Promise<CodegenWorker> {
  const stageLog = createStageLog({
    dir: options.LOG_DIR,
    maxBytes: options.LOG_MAX_BYTES,
    report: (error) => log.error({ err: error }, 'stage log cannot be written; runs continue without it'),
  });
  const client = createModelClient({
    baseUrl: baseUrlOf(options),
    apiKey: options.OPENROUTER_API_KEY ?? null,
    appName: options.APP_NAME,
    httpReferer: options.HTTP_REFERER,
    firstTokenMs: options.MODEL_FIRST_TOKEN_SECONDS * 1_000,
    idleMs: options.MODEL_IDLE_SECONDS * 1_000,
    timeoutMs: options.MODEL_TIMEOUT_SECONDS * 1_000,
  });
  if (options.BASE_URL?.startsWith('http:') !== true) void client.warmUp();
  const runtime: StageRuntime = {
    callModel: client.callModel,
    ...(client.reconcileUsage && { reconcileUsage: client.reconcileUsage }),
    models: modelsOf(options),
    policy: { ...DEFAULT_RETRY, tries: options.MODEL_TRIES, baseDelayMs: options.MODEL_RETRY_MS },
    now: Date.now,
    random: Math.random,
  };
  const stages = await startStageWorker(graph, runtime, {
    ...queueOptions(options),
    queues: options.WORKER_QUEUES,
    concurrency: options.WORKER_CONCURRENCY,
    keepFinishedJobs: options.KEEP_FINISHED_JOBS,
    account: accountOf(options),
    limits: options.MODEL_LIMITS,
    breakers: { model: { ...MODEL_BREAKER, failures: options.MODEL_BREAKER_FAILURES || Infinity } },
    appendStageLog: appendTo(stageLog),
    report: (event) => reportStages(log, event),
  });
  const webhooks = await startWebhooks(options, log);
  const worker: CodegenWorker = {
    async close(graceMs) {
      await Promise.all([stages.close(graceMs), webhooks?.close(graceMs)]);
      await client.close();
      await stageLog.close();
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
  return worker;
}

/** Null if there is no secret to sign webhooks with. */
async function startWebhooks(options: WorkerOptions, log: Logger): Promise<RunningWorker | null> {
  if (options.WEBHOOK_SECRETS.length === 0) return null;
  const deliver = createWebhookSender({
    graph,
    retentionSeconds: options.JOB_RETENTION,
    keys: options.WEBHOOK_SECRETS,
    allowPrivate: options.WEBHOOK_ALLOW_PRIVATE,
  });
  return startWebhookWorker(graph, deliver, {
    ...queueOptions(options),
    report: (event) => reportWebhooks(log, event),
  });
}

const baseUrlOf = ({ BASE_URL }: WorkerOptions) => BASE_URL ?? 'https://openrouter.ai/api/v1';

/** Identifies server and key: breakers of a rejected key must not affect workers with a new one. */
const accountOf = (options: WorkerOptions) =>
  createHash('sha256')
    .update(`${baseUrlOf(options)}\n${options.OPENROUTER_API_KEY ?? ''}`)
    .digest('base64url')
    .slice(0, 12);

const modelsOf = (options: WorkerOptions) => {
  const models: Record<Role, readonly string[]> = {
    classifier: options.MODEL_CLASSIFIER,
    interpreter: options.MODEL_INTERPRETER,
    generator: options.MODEL_GENERATOR,
    instructTuned: options.MODEL_INSTRUCT_TUNED,
    reviewer: options.MODEL_REVIEWER,
  };
  return (role: Role) => models[role];
};

/** Longest time in ms that a stage waits for its log: a file system that hangs must not block runs. */
const LOG_TIMEOUT_MS = 1_000;

/** Appends every response to its stage's log, unmodified, whether or not the stage can use it. */
const appendTo =
  (stageLog: StageLog): AppendStageLog =>
  (request, response, milliseconds) => {
    const { promptTokens: prompt, completionTokens: completion } = response;
    const written = stageLog.append({
      file: request.stage.log,
      time: new Date(),
      run: request.run,
      stage: request.stage.name,
      model: response.servedModel ?? request.model,
      attempt: request.attempt,
      milliseconds,
      tokens: prompt === null || completion === null ? null : { prompt, completion },
      simulated: response.simulated,
      text: response.text,
    });
    return Promise.race([written, sleep(LOG_TIMEOUT_MS, undefined, { ref: false })]);
  };
