import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import type { SubmitOptions } from '@codegen/queue';
import { connectBlocking, createRunStore, keysOf } from '@codegen/queue/testing';
import { inject } from 'vitest';

/** Stores a run without queueing it, like an API process that dies in between. Returns the run's id. */
export async function storeUnqueuedRun(
  namespace: string,
  query: string,
  about: Partial<SubmitOptions>,
): Promise<string> {
  const redis = connectBlocking(inject('redisUrl'));
  try {
    const store = createRunStore(graph, redis, keysOf(namespace), { retentionSeconds: 600 });
    const run = { id: randomUUID(), conversation: fromQuery(query), seed: 1, createdAt: Date.now() };
    return (await store.create(run, { caller: 'anonymous', ...about })).id;
  } finally {
    redis.disconnect();
  }
}
