export {
  type KeepFinishedJobs,
  keepFinishedJobs,
  type QueueOptions,
  queueOptions,
  queueSettings,
  requireRedisUrl,
} from './config.ts';
export { type Consumer, type ConsumerEvent, type ConsumerOptions, startConsumer } from './consumer.ts';
export { queuesOf, type RoleQueues } from './flow/queues.ts';
export type { AppendStageLog } from './flow/stage-attempt.ts';
export type { Quota } from './jobs/rate-limit.ts';
export type { RunFilter } from './jobs/run-list.ts';
export type { LoggedEvent } from './jobs/run-log.ts';
export type { RunCursor } from './jobs/run-store.ts';
export type { StoredRun } from './jobs/stored-run.ts';
export {
  IDEMPOTENCY_SECONDS,
  type OnDisconnect,
  type RequestedOptions,
  type Submission,
  type SubmitOptions,
} from './jobs/submission.ts';
export type { DeliveryAttempt, Webhook } from './jobs/webhook.ts';
export type { ClientLease } from './presence/attendance.ts';
export { diagnoseRedis, type RedisDiagnosis } from './redis/diagnose.ts';
export { createRuns, QueueUnavailable, type Runs } from './runs.ts';
export {
  type Deliver,
  type Delivery,
  type DeliveryAnswer,
  startWebhookWorker,
  type WebhookWorker,
  type WebhookWorkerEvent,
  type WebhookWorkerOptions,
} from './webhooks/courier.ts';
