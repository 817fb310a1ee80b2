export { queueOptions, queueSettings } from './config.ts';
export { type Consumer, type ConsumerEvent, type ConsumerOptions, startConsumer } from './consumer.ts';
export { queuesOf, type RoleQueues } from './queues.ts';
export type { Told } from './run-log.ts';
export { openRuns, type QueueOptions, QueueUnavailable, type Runs } from './runs.ts';
