import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_RETRY, type Graph, MODEL_BREAKER, type StageRuntime } from '@codegen/pipeline';
import {
  type AppendStageLog,
  graphFor,
  queueOptions,
  type RunningWorker,
  startStageWorker,
  startWebhookWorker,
} from '@codegen/queue';
import { closeChecker } from '@codegen/sandbox';
import { createRepeatLimit, type RepeatLimit } from '@codegen/settings';
import { loadTracing, startMetricsServer } from '@codegen/telemetry';
import type { Logger } from 'pino';
import type { WorkerOptions } from './config.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { reportStages, reportWebhooks } from './report.ts';
import { createSandbox } from './sandbox.ts';
import { createContexts } from './servers/catalogue.ts';
import { createModelClients } from './servers/clients.ts';
import { resolveRoles } from './servers/settings.ts';
import { createStageLog, type StageLog } from './stage-log/log.ts';
import { checkSyntax } from './syntax.ts';
import { createWebhookSender } from './webhook/sender.ts';

/** Runs stages and delivers webhooks until it is closed. */
export interface CodegenWorker extends AsyncDisposable {
  /** Waits up to `graceMs` for active stages, then returns them to the queue. Can be called twice. */
  close(graceMs?: number): Promise<void>;
}

export async function startWorker(options: WorkerOptions, log: Logger): Promise<CodegenWorker> {
  const repeats = createRepeatLimit();
  const stageLog = createStageLog({
    dir: options.LOG_DIR,
    maxBytes: options.LOG_MAX_BYTES,
    keepDays: options.STAGE_LOG_DAYS,
    report: (error) => log.error({ err: error }, 'stage log cannot be written; runs continue without it'),
  });
  const metrics = options.WORKER_METRICS_PORT === null ? null : createWorkerMetrics();
  const metricsServer = metrics && (await serveMetrics(options, metrics, log));
  const tracing = await loadTracing(options, {
    service: 'codegen-worker',
    onError: (err) => repeats.log(err.message, (repeated) => log.warn({ err, repeated }, 'traces are lost')),
  });
  const roles = resolveRoles(options);
  const clients = createModelClients(roles, {
    appName: options.APP_NAME,
    httpReferer: options.HTTP_REFERER,
    firstTokenMs: options.MODEL_FIRST_TOKEN_SECONDS * 1_000,
    idleMs: options.MODEL_IDLE_SECONDS * 1_000,
    timeoutMs: options.MODEL_TIMEOUT_SECONDS * 1_000,
    ...(tracing && { headersOf: tracing.headersOf }),
  });
  const graph = graphFor(options);
  const sandbox = await createSandbox(options);
  const runtime: StageRuntime = {
    callModel: clients.callModel,
    ...(clients.reconcileUsage && { reconcileUsage: clients.reconcileUsage }),
    models: clients.models,
    contextTokens: createContexts(roles, options.MODEL_CONTEXT_TOKENS),
    ...(options.SANDBOX !== 'off' && { checkSyntax }),
    ...(sandbox && { runCases: sandbox.runCases }),
    policy: { ...DEFAULT_RETRY, tries: options.MODEL_TRIES, baseDelayMs: options.MODEL_RETRY_MS },
    now: Date.now,
    random: Math.random,
  };
  const stages = await startStageWorker(graph, runtime, {
    ...queueOptions(options),
    queues: options.WORKER_QUEUES,
    concurrency: options.WORKER_CONCURRENCY,
    keepFinishedJobs: options.KEEP_FINISHED_JOBS,
    account: clients.account,
    limits: options.MODEL_LIMITS,
    breakers: { model: { ...MODEL_BREAKER, failures: options.MODEL_BREAKER_FAILURES || Infinity } },
    storePrompts: options.SHOW_PROMPTS,
    ...(options.STAGE_LOG !== 'off' && { appendStageLog: appendTo(stageLog) }),
    report(event) {
      metrics?.onStageEvent(event);
      tracing?.onStageEvent(event);
      reportStages(log, repeats, event);
    },
  });
  const webhooks = await startWebhooks(graph, options, log, repeats, metrics);
  const worker: CodegenWorker = {
    async close(graceMs) {
      await Promise.all([stages.close(graceMs), webhooks?.close(graceMs)]);
      await clients.close();
      closeChecker();
      await sandbox?.close();
      await metricsServer?.close();
      await tracing?.close();
      await stageLog.close();
      repeats.flush();
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
  return worker;
}

/** @throws SettingsError if the port is taken */
async function serveMetrics(
  { WORKER_METRICS_PORT, METRICS_HOST }: WorkerOptions,
  worker: WorkerMetrics,
  log: Logger,
) {
  const server = await startMetricsServer(worker.metrics, WORKER_METRICS_PORT ?? 0, METRICS_HOST);
  log.info({ url: server.url }, 'serving metrics');
  return server;
}

/** Null if there is no secret to sign webhooks with. */
async function startWebhooks(
  graph: Graph,
  options: WorkerOptions,
  log: Logger,
  repeats: RepeatLimit,
  metrics: WorkerMetrics | null,
): Promise<RunningWorker | null> {
  if (options.WEBHOOK_SECRETS.length + options.WEBHOOK_CALLER_SECRETS.length === 0) return null;
  const deliver = createWebhookSender({
    graph,
    retentionSeconds: options.JOB_RETENTION,
    keys: options.WEBHOOK_SECRETS,
    callerKeys: options.WEBHOOK_CALLER_SECRETS,
    allowPrivate: options.WEBHOOK_ALLOW_PRIVATE,
  });
  return startWebhookWorker(graph, deliver, {
    ...queueOptions(options),
    report(event) {
      metrics?.onWebhookEvent(event);
      reportWebhooks(log, repeats, event);
    },
  });
}

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
