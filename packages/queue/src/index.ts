export { queueSettings } from './config.ts';
export { type Consumer, type ConsumerEvent, type ConsumerOptions, startConsumer } from './consumer.ts';
export { openRuns, type QueueOptions, QueueUnavailable, type Runs } from './runs.ts';
