import { inject } from 'vitest';
import { bullmqExecutor } from './executors/bullmq.ts';
import { conformance } from './suite.ts';

const redisUrl = () => inject('redisUrl');

// With two queues, a job and its parent may be in different queues.
conformance(`BullMQ executor (${inject('redisKind')})`, bullmqExecutor(redisUrl));
conformance(
  `BullMQ executor with two queues (${inject('redisKind')})`,
  bullmqExecutor(redisUrl, { reviewer: 'slow' }),
);
