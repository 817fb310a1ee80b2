import { inject } from 'vitest';
import { bullmqExecutor } from './bullmq.ts';
import { conformance } from './suite.ts';

const redisUrl = () => inject('redisUrl');

// One job carries a run if its worker has room; with the last stages in another queue each branch has a job of its own.
conformance(`BullMQ executor (${inject('redisKind')})`, bullmqExecutor(redisUrl));
conformance(
  `BullMQ executor with two queues (${inject('redisKind')})`,
  bullmqExecutor(redisUrl, { reviewer: 'slow' }),
);
