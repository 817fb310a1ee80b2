import { once } from 'node:events';
import { expect, inject, onTestFinished, test } from 'vitest';
import { connectFailFast } from '../../src/redis/connection.ts';

/** Keeps this thread from reading replies, like a long garbage collection or a machine without a free processor. */
const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a reply that arrives while the process cannot read it is no timeout', async () => {
  const redis = connectFailFast(inject('redisUrl'), 1_500);
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  const replies = [redis.ping(), redis.multi().ping().exec(), redis.call('echo', 'hello')];
  // Redis replies meanwhile, and a connection that is silent for 3 s is replaced.
  block(2_000);
  expect(await Promise.all(replies)).toEqual(['PONG', [[null, 'PONG']], 'hello']);
});
