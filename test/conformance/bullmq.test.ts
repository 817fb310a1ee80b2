import { inject } from 'vitest';
import { bullmqExecutor } from './bullmq.ts';
import { conformance } from './suite.ts';

const redisUrl = () => inject('redisUrl');

// Every stage is a job. With two queues, the parent of a job may be in another queue.
conformance(`BullMQ executor (${inject('redisKind')})`, bullmqExecutor(redisUrl));
conformance(
  `BullMQ executor with two queues (${inject('redisKind')})`,
  bullmqExecutor(redisUrl, { reviewer: 'slow' }),
);
