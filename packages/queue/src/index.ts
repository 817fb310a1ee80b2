export type { Waiter } from './attendance.ts';
export { queueOptions, queueSettings, requireRedisUrl } from './config.ts';
export { type Consumer, type ConsumerEvent, type ConsumerOptions, startConsumer } from './consumer.ts';
export {
  type Courier,
  type CourierEvent,
  type CourierOptions,
  type Deliver,
  type Delivery,
  type DeliveryAnswer,
  startWebhookCourier,
} from './courier.ts';
export type { KeptRun } from './kept-run.ts';
export { queuesOf, type RoleQueues } from './queues.ts';
export type { Quota } from './rate-limit.ts';
export type { RunFilter } from './run-list.ts';
export type { Told } from './run-log.ts';
export type { Place } from './run-store.ts';
export { openRuns, type QueueOptions, QueueUnavailable, type Runs } from './runs.ts';
export type { Keep } from './stage-runner.ts';
export {
  type About,
  IDEMPOTENCY_SECONDS,
  type OnDisconnect,
  type Submission,
  type TermsAsked,
} from './submission.ts';
export type { DeliveryAttempt, Webhook } from './webhook.ts';
