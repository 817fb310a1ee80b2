import { expect, inject, test } from 'vitest';
import { connectBlocking } from '../../../packages/queue/src/redis/connection.ts';
import { keysOf } from '../../../packages/queue/src/redis/keys.ts';
import { postJob } from './send.ts';
import { expectProblem, type Reply, type Service, startService, until } from './service.ts';

/** As an append-only file without its end leaves it. */
async function lose({ namespace, get }: Service) {
  const ids = async () => (await get('/jobs')).json.jobs.map(({ id }: { id: string }) => id);
  await until(async () => (await ids()).length === 1);
  const redis = connectBlocking(inject('redisUrl'));
  for (const id of await ids()) await redis.del(keysOf(namespace).run(id));
  redis.disconnect();
}

test.concurrent.each<[string, (service: Service) => Promise<Reply>]>([
  ['GET /generate', ({ get }) => get('/generate?query=hello', { Prefer: 'wait=2' })],
  ['POST /jobs', (service) => postJob(service, { query: 'hello', wait: 2 })],
])('who waits at %s for a job that Redis loses is told to send the request again', async (_, ask) => {
  await using service = await startService({ worker: false });
  const [reply] = await Promise.all([ask(service), lose(service)]);
  expectProblem(reply, 'queue-unavailable', 503);
  expect(reply.headers.get('Retry-After')).toBe('1');
  expect(reply.headers.get('X-Job-Id')).toBeNull();
});
