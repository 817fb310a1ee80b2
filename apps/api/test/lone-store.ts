import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import { inject } from 'vitest';
import { createRunStore } from '../../../packages/queue/src/jobs/run-store.ts';
import type { SubmitOptions } from '../../../packages/queue/src/jobs/submission.ts';
import { connectBlocking } from '../../../packages/queue/src/redis/connection.ts';
import { keysOf } from '../../../packages/queue/src/redis/keys.ts';

/** Stores a run without queueing it, like an API process that dies in between. Returns the run's id. */
export async function keepOnly(
  namespace: string,
  query: string,
  about: Partial<SubmitOptions>,
): Promise<string> {
  const redis = connectBlocking(inject('redisUrl'));
  try {
    const store = createRunStore(graph, redis, keysOf(namespace), { retentionSeconds: 600 });
    const run = { id: randomUUID(), conversation: fromQuery(query), seed: 1, createdAt: Date.now() };
    return (await store.submit(run, { caller: 'anonymous', ...about })).id;
  } finally {
    redis.disconnect();
  }
}
