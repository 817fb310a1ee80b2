import { type Ask, DEFAULT_RETRY, type Employer, graph, type Role } from '@codegen/pipeline';
import { type Consumer, type ConsumerEvent, startConsumer } from '@codegen/queue';
import type { Logger } from 'pino';
import type { WorkerOptions } from './config.ts';
import { createModelClient } from './model-client.ts';
import { createStageLog, type StageLog } from './stage-log.ts';

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
    baseUrl: options.BASE_URL ?? 'https://openrouter.ai/api/v1',
    apiKey: options.OPENROUTER_API_KEY ?? null,
    appName: options.APP_NAME,
    httpReferer: options.HTTP_REFERER,
    timeoutMs: options.MODEL_TIMEOUT_SECONDS * 1_000,
  });
  const employer: Employer = {
    ask: logged(client.ask, stageLog),
    models: modelsOf(options),
    policy: { ...DEFAULT_RETRY, tries: options.MODEL_TRIES, baseDelayMs: options.MODEL_RETRY_MS },
    now: Date.now,
    random: Math.random,
  };
  const consumer: Consumer = await startConsumer(graph, employer, {
    redisUrl: options.REDIS_URL,
    namespace: options.QUEUE_NAMESPACE,
    retentionSeconds: options.RETENTION_SECONDS,
    concurrency: options.WORKER_CONCURRENCY,
    report: (event) => report(log, event),
  });
  const worker: CodegenWorker = {
    async close(graceMs) {
      await consumer.close(graceMs);
      await stageLog.flush();
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
  return worker;
}

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

/** Every answer goes to its stage's log as it came, whether or not the stage can use it. The run does not wait for it. */
const logged =
  (ask: Ask, stageLog: StageLog): Ask =>
  async (question, signal) => {
    const startedAt = Date.now();
    const answer = await ask(question, signal);
    void stageLog.append({
      file: question.stage.log,
      time: new Date(),
      run: question.run,
      stage: question.stage.name,
      model: answer.servedModel ?? question.model,
      attempt: question.attempt,
      milliseconds: Date.now() - startedAt,
      tokens:
        answer.promptTokens === null || answer.completionTokens === null
          ? null
          : { prompt: answer.promptTokens, completion: answer.completionTokens },
      simulated: answer.simulated,
      text: answer.text,
    });
    return answer;
  };

function report(log: Logger, event: ConsumerEvent) {
  if (event.kind === 'fault')
    return log.error({ err: event.error, run: event.run, stage: event.stage }, 'fault');
  const { stage, status, calls, failure, startedAt, endedAt } = event.record;
  const level = status === 'failed' ? 'warn' : 'info';
  const ms = endedAt === null ? null : endedAt - startedAt;
  log[level](
    { run: event.run, stage, status, model: calls.at(-1)?.model, calls: calls.length, ms, failure },
    'stage ended',
  );
}
