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
export type { Told } from './jobs/run-log.ts';
export type { Place } from './jobs/run-store.ts';
export type { StoredRun } from './jobs/stored-run.ts';
export {
  type About,
  IDEMPOTENCY_SECONDS,
  type OnDisconnect,
  type Submission,
  type TermsAsked,
} from './jobs/submission.ts';
export type { DeliveryAttempt, Webhook } from './jobs/webhook.ts';
export type { Waiter } from './presence/attendance.ts';
export { openRuns, QueueUnavailable, type Runs } from './runs.ts';
export {
  type Courier,
  type CourierEvent,
  type CourierOptions,
  type Deliver,
  type Delivery,
  type DeliveryAnswer,
  startWebhookCourier,
} from './webhooks/courier.ts';
