import { hangs, reply } from '@codegen/testing/models/replies';
import { complexAfter } from '@codegen/testing/runs/case';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, test } from 'vitest';
import { openQueue, until } from '../queue.ts';

test.concurrent('a job without its data, such as an evicted one, is dropped, and its run completes', async () => {
  await using queue = openQueue({ maintenanceMs: 200 });
  const id = await queue.begin();
  await queue.redis.del(`${queue.keys.prefix}:stages:${id}.classify`);
  await queue.redis.zadd(queue.keys.unconfirmed, 0, id);
  const { models } = await queue.startWorker({ classify: reply('simple') });
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', route: 'simple' });
  expect(models.calls).toHaveLength(2);
  expect(queue.faults).toEqual([]);
});

test.concurrent('a stage that waits for an evicted one runs, and no stage is repeated', async () => {
  await using queue = openQueue({ maintenanceMs: 200 });
  const first = await queue.startWorker({ polish: hangs });
  const id = await queue.begin();
  await first.models.whenCalled('polish');
  await first.worker.close();
  await queue.redis.del(`${queue.keys.prefix}:stages:${id}.polish`);
  await queue.redis.zadd(queue.keys.unconfirmed, 0, id);
  const { models } = await queue.startWorker();
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  expect(models.calls.map(({ stage }) => stage)).toEqual(['polish', ...complexAfter('polish')]);
});

test.concurrent.each(['enhance.direct', 'enhance.direct:dependencies', 'compare:dependencies'])(
  'no stage is given up because the key %s is evicted',
  async (key) => {
    await using queue = openQueue({ maintenanceMs: 200 });
    const first = await queue.startWorker({ 'generate.direct': hangs });
    const id = await queue.begin();
    await first.models.whenCalled('generate.direct');
    await until(async () => (await queue.run(id)).stages['enhance.interpreted']?.status === 'completed');
    await first.worker.close();
    await queue.redis.del(`${queue.keys.prefix}:stages:${id}.${key}`);
    await queue.redis.zadd(queue.keys.unconfirmed, 0, id);
    await queue.startWorker();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  },
);

test.concurrent('a client that waits for a run that Redis loses is told within seconds', async () => {
  await using queue = openQueue();
  const id = await queue.begin();
  const wait = queue.runs.waitUntilFinished(id, AbortSignal.timeout(HANG_MS));
  await queue.redis.del(queue.keys.run(id));
  const since = Date.now();
  expect(await wait).toBe(true);
  expect(Date.now() - since).toBeLessThan(20_000);
});

test.concurrent('a run that Redis lost counts as open until its check only', async () => {
  await using queue = openQueue({ maintenanceMs: 100 });
  const id = await queue.begin();
  await queue.redis.del(queue.keys.run(id));
  await queue.redis.zadd(queue.keys.unconfirmed, 0, id);
  expect(await queue.redis.zcard(queue.keys.open)).toBe(1);
  await queue.startWorker();
  const kept = /^(?:open|unconfirmed|expiry|waiting|jobs)/;
  await until(async () => !(await queue.names()).some((name) => kept.test(name)));
});
