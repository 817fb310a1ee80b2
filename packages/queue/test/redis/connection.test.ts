import { once } from 'node:events';
import { expect, inject, onTestFinished, test } from 'vitest';
import { connectFailFast } from '../../src/redis/connection.ts';

/** Keeps this process from reading replies, like a long garbage collection or a machine without a free processor. */
function block(ms: number) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a reply that arrives while the process cannot read it is no timeout', async () => {
  const redis = connectFailFast(inject('redisUrl'), 200);
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  const replies = [redis.ping(), redis.multi().ping().exec(), redis.call('echo', 'hello')];
  block(300);
  expect(await Promise.all(replies)).toEqual(['PONG', [[null, 'PONG']], 'hello']);
});
