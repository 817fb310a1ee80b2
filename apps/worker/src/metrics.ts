import { verifiedGraph } from '@codegen/pipeline';
import type { StageWorkerEvent, WebhookWorkerEvent } from '@codegen/queue';
import { createMetrics, type Metrics } from '@codegen/telemetry';
import manifest from '../package.json' with { type: 'json' };

/** What a worker counts. */
export interface WorkerMetrics {
  readonly metrics: Metrics;
  onStageEvent(event: StageWorkerEvent): void;
  onWebhookEvent(event: WebhookWorkerEvent): void;
}

type Event<Kind extends StageWorkerEvent['kind']> = Extract<StageWorkerEvent, { kind: Kind }>;

/** Label of a value that is not known yet. */
const NONE = 'none';

export function createWorkerMetrics(): WorkerMetrics {
  const metrics = createMetrics('worker', manifest.version);
  const waits = metrics.duration(
    'codegen_stage_wait_seconds',
    'Attempts at stages, by the time from which a worker could have taken them until one did',
    ['stage', 'route'],
  );
  const attempts = metrics.duration('codegen_stage_run_seconds', 'Attempts at stages, by duration', [
    'stage',
    'route',
  ]);
  const stages = metrics.count('codegen_stages_total', 'Stages that have ended', ['stage', 'status']);
  const calls = metrics.duration('codegen_model_call_seconds', 'Model calls by duration and result', [
    'model',
    'role',
    'result',
  ]);
  const tokens = metrics.count('codegen_model_tokens_total', 'Tokens of model calls', [
    'model',
    'role',
    'direction',
  ]);
  const cost = metrics.count('codegen_model_cost_dollars_total', 'Reported cost of model calls', [
    'model',
    'role',
  ]);
  const jobs = metrics.duration(
    'codegen_job_duration_seconds',
    'Finished jobs, by time since their creation',
    ['status', 'route'],
  );
  const jobCost = metrics.count('codegen_job_cost_dollars_total', 'Cost of finished jobs', ['route']);
  const failures = metrics.count('codegen_job_failures_total', 'Failed jobs by cause', ['stage', 'code']);
  const degradations = metrics.count('codegen_degradations_total', 'Stages that jobs went on without', [
    'stage',
    'code',
  ]);
  const refusals = metrics.count('codegen_limit_refusals_total', 'Requests and calls that a limit refused', [
    'limit',
  ]);
  const faults = metrics.count('codegen_worker_faults_total', 'Unexpected errors; the log has them', []);
  const webhooks = metrics.duration('codegen_webhook_attempt_seconds', 'Webhook attempts by duration', [
    'outcome',
  ]);

  function countAttempt({ stage, route, waitMs, durationMs, call }: Event<'attempt'>) {
    waits.observe({ stage, route: route ?? NONE }, waitMs);
    attempts.observe({ stage, route: route ?? NONE }, durationMs);
    if (call === null) return;
    // The requested model: the name that the server reports is free text.
    const labels = { model: call.model, role: verifiedGraph.find(stage)?.stage.role ?? NONE };
    calls.observe({ ...labels, result: call.failure?.code ?? 'ok' }, call.durationMs);
    tokens.add({ ...labels, direction: 'input' }, call.promptTokens ?? 0);
    tokens.add({ ...labels, direction: 'output' }, call.completionTokens ?? 0);
    cost.add(labels, call.cost ?? 0);
  }

  function countFinished({ outcome, route, createdAt, finishedAt, cost }: Event<'finished'>) {
    jobs.observe({ status: outcome.status, route: route ?? NONE }, finishedAt - createdAt);
    jobCost.add({ route: route ?? NONE }, cost ?? 0);
    if (outcome.status === 'cancelled') return;
    for (const { stage, code } of outcome.degraded) degradations.add({ stage, code });
    if (outcome.status === 'failed') failures.add({ stage: outcome.stage, code: outcome.code });
  }

  return {
    metrics,
    onStageEvent(event) {
      switch (event.kind) {
        case 'attempt':
          return countAttempt(event);
        case 'stage':
          return stages.add({ stage: event.record.stage, status: event.record.status });
        case 'finished':
          return countFinished(event);
        case 'call-limit':
          return refusals.add({ limit: 'model-calls' });
        case 'fault':
          return faults.add({});
      }
    },
    onWebhookEvent(event) {
      if (event.kind === 'fault') return faults.add({});
      webhooks.observe({ outcome: event.outcome }, event.attempt.durationMs);
    },
  };
}
