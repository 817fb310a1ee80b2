export {
  graphFor,
  type KeepFinishedJobs,
  keepFinishedJobs,
  type QueueOptions,
  queueOptions,
  queueSettings,
  requireRedisUrl,
  sandboxSettings,
} from './config.ts';
export { type BoardQueues, createBoardQueues, type QueueState } from './flow/queue-state.ts';
export { queuesOf, type RoleQueues } from './flow/queues.ts';
export type { AppendStageLog } from './flow/stage-runner.ts';
export type { RunningWorker } from './flow/worker-lifecycle.ts';
export type { ClientLease } from './presence/client-leases.ts';
export { createProgramQueue, type ProgramQueue, ProgramsUnavailable } from './programs/program-queue.ts';
export { startProgramWorker } from './programs/program-worker.ts';
export {
  adviceOn,
  diagnoseRedis,
  type RedisDiagnosis,
  type RedisFinding,
  redisWarnings,
  warningsOf,
} from './redis/diagnose.ts';
export type { CallerLimits, CallerUsage, Quota } from './runs/caller-limits.ts';
export type { FinishedRun } from './runs/finished-runs.ts';
export type { LoggedEvent } from './runs/run-events.ts';
export type { RunCursor, RunFilter } from './runs/run-list.ts';
export type { StoredRun } from './runs/stored-run.ts';
export type { DeliveryAttempt, Webhook } from './runs/stored-webhook.ts';
export {
  IDEMPOTENCY_SECONDS,
  type OnDisconnect,
  type RequestedOptions,
  type Submission,
  type SubmitOptions,
} from './runs/submission.ts';
export type { Thread, ThreadEntry, ThreadPage } from './runs/threads.ts';
export { createRuns, QueueUnavailable, type Runs } from './runs.ts';
export { type StageWorkerEvent, type StageWorkerOptions, startStageWorker } from './stage-worker.ts';
export {
  type Deliver,
  type Delivery,
  type DeliveryResult,
  startWebhookWorker,
  type WebhookWorkerEvent,
  type WebhookWorkerOptions,
} from './webhooks/webhook-worker.ts';
