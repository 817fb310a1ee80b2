export { queueOptions, queueSettings, requireRedisUrl } from './config.ts';
export { type Consumer, type ConsumerEvent, type ConsumerOptions, startConsumer } from './flow/consumer.ts';
export { queuesOf, type RoleQueues } from './flow/queues.ts';
export type { Keep } from './flow/stage-runner.ts';
export type { Quota } from './jobs/rate-limit.ts';
export type { RunFilter } from './jobs/run-list.ts';
export type { Told } from './jobs/run-log.ts';
export type { Place } from './jobs/run-store.ts';
export { openRuns, type QueueOptions, QueueUnavailable, type Runs } from './jobs/runs.ts';
export type { StoredRun } from './jobs/stored-run.ts';
export {
  type About,
  IDEMPOTENCY_SECONDS,
  type OnDisconnect,
  type Submission,
  type TermsAsked,
} from './jobs/submission.ts';
export type { Waiter } from './presence/attendance.ts';
export {
  type Courier,
  type CourierEvent,
  type CourierOptions,
  type Deliver,
  type Delivery,
  type DeliveryAnswer,
  startWebhookCourier,
} from './webhooks/courier.ts';
export type { DeliveryAttempt, Webhook } from './webhooks/webhook.ts';
