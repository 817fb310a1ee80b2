import { inject } from 'vitest';
import { bullmqExecutor } from './bullmq.ts';
import { conformance } from './suite.ts';

conformance(
  `BullMQ executor (${inject('redisKind')})`,
  bullmqExecutor(() => inject('redisUrl')),
);
