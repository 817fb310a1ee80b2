import { createHash } from 'node:crypto';
import { DEFAULT_RETRY, graph, MODEL_BREAKER, type Role, type StageRuntime } from '@codegen/pipeline';
import { type AppendStageLog, queueOptions, type RunningWorker, startStageWorker } from '@codegen/queue';
import type { Logger } from 'pino';
import type { WorkerOptions } from './config.ts';
import { createModelClient } from './model-client.ts';
import { report } from './report.ts';
import { createStageLog, type StageLog } from './stage-log.ts';
import { startWebhooks } from './webhooks.ts';

/** A worker that takes stages until it is closed. */
export interface CodegenWorker extends AsyncDisposable {
  /** Lets stages in hand finish for `graceMs`, then gives them back to the queue. Can be called twice. */
  close(graceMs?: number): Promise<void>;
}

export async function startWorker(options: WorkerOptions, log: Logger): Promise<CodegenWorker> {
  const stageLog = createStageLog({
    dir: options.LOG_DIR,
    maxBytes: options.LOG_MAX_BYTES,
    report: (error) => log.error({ err: error }, 'stage log cannot be written; runs go on without it'),
  });
  const client = createModelClient({
    baseUrl: baseUrlOf(options),
    apiKey: options.OPENROUTER_API_KEY ?? null,
    appName: options.APP_NAME,
    httpReferer: options.HTTP_REFERER,
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
  const consumer: RunningWorker = await startStageWorker(graph, runtime, {
    ...queueOptions(options),
    queues: options.WORKER_QUEUES,
    concurrency: options.WORKER_CONCURRENCY,
    keepFinishedJobs: options.KEEP_FINISHED_JOBS,
    account: accountOf(options),
    limits: options.MODEL_LIMITS,
    breakers: { model: { ...MODEL_BREAKER, failures: options.MODEL_BREAKER_FAILURES || Infinity } },
    appendStageLog: appendTo(stageLog),
    report: (event) => report(log, event),
  });
  const webhooks = await startWebhooks(options, log);
  const worker: CodegenWorker = {
    async close(graceMs) {
      await Promise.all([consumer.close(graceMs), webhooks?.close(graceMs)]);
      await client.close();
      await stageLog.close();
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
  return worker;
}

const baseUrlOf = ({ BASE_URL }: WorkerOptions) => BASE_URL ?? 'https://openrouter.ai/api/v1';

/** A worker with a new key is not held up by what was found of the old one. */
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

/** Milliseconds a stage waits for its log; a folder that hangs must not hold up runs. */
const LOG_TIMEOUT_MS = 1_000;

/** Every answer goes to its stage's log as it came, whether or not the stage can use it. */
const appendTo =
  (stageLog: StageLog): AppendStageLog =>
  (question, answer, milliseconds) => {
    const { promptTokens: prompt, completionTokens: completion } = answer;
    const written = stageLog.append({
      file: question.stage.log,
      time: new Date(),
      run: question.run,
      stage: question.stage.name,
      model: answer.servedModel ?? question.model,
      attempt: question.attempt,
      milliseconds,
      tokens: prompt === null || completion === null ? null : { prompt, completion },
      simulated: answer.simulated,
      text: answer.text,
    });
    return orAfter(LOG_TIMEOUT_MS, written);
  };

async function orAfter(milliseconds: number, done: Promise<void>) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([done, promise]);
  clearTimeout(timer);
}
