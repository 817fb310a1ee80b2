import { graph } from '@codegen/pipeline';
import { lost, prefers, type Reply, reply, writes } from '@codegen/testing/models/replies';
import { describeWithServers } from '@codegen/testing/network/programs';
import { startServer } from '@codegen/testing/network/server';
import { COMPLEX, complexResponse } from '@codegen/testing/runs/case';
import { describe, expect, inject, test } from 'vitest';
import { createFlows } from '../../src/flow/flow.ts';
import { openBullQueue, readFlow } from '../bull-queue.ts';
import { openQueue, type Queue, until } from '../queue.ts';
import { recordOf } from '../record.ts';

test('a route that is added again does not wait for a stage that has failed', async () => {
  await using queue = openQueue();
  const release = Promise.withResolvers<void>();
  const interpret: Reply = async (call, moments) => {
    await release.promise;
    return reply('{"specification": {"goal": "Print a name"}}')(call, moments);
  };
  await queue.startWorker({ 'enhance.direct': lost, interpret });
  const id = await queue.begin();
  const flows = createFlows(graph, queue.redis, queue.keys.prefix, {});
  await until(async () => (await flows.queue('stages').getJobState(`${id}.enhance.direct`)) === 'failed');
  // A worker does this when it takes over `classify` after its record was written.
  await flows.restoreRoute({ id, turn: 1 }, 'complex');
  await flows.close();
  release.resolve();
  expect((await queue.finished(id)).outcome).toMatchObject({
    status: 'completed',
    route: 'complex',
    degraded: [{ stage: 'enhance.direct', code: 'too-long' }],
  });
});

describe('the root job of a run that another worker takes over', () => {
  /** What BullMQ's stalled check does with the job of a lost worker. */
  const offerAgain = ({ redis, keys: { prefix } }: Queue, id: string) =>
    redis
      .multi()
      .zrem(`${prefix}:stages:waiting-children`, id)
      .rpush(`${prefix}:stages:wait`, id)
      .zadd(`${prefix}:stages:marker`, 0, '0')
      .exec();

  test('waits for the running stage of a fallback route', async () => {
    await using queue = openQueue();
    const release = Promise.withResolvers<void>();
    const { models } = await queue.startWorker({
      'generate.direct': lost,
      'generate.interpreted': lost,
      async answer(call, moments) {
        await release.promise;
        return writes(call, moments);
      },
    });
    const id = await queue.begin();
    await models.whenCalled('answer');
    const isWaiting = async () => (await readFlow(queue, id))[1] === 'waiting-children';
    await until(isWaiting);
    await offerAgain(queue, id);
    await until(isWaiting);
    release.resolve();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', route: 'simple' });
    expect(models.calls.filter(({ stage }) => stage === 'answer')).toHaveLength(1);
    expect(queue.faults).toEqual([]);
  });

  test('adds the stages of a route that was taken but not added', async () => {
    await using queue = openQueue();
    const id = await queue.begin();
    const store = queue.createStore();
    const classified = recordOf('classify', { kind: 'route', route: 'complex' });
    await store.commitStage(id, classified, { route: 'complex' });
    // `classify` is over, and its worker was lost before it added the route.
    await using bull = openBullQueue(queue);
    await bull.remove(`${id}.classify`);
    const { models } = await queue.startWorker();
    expect((await queue.finished(id)).outcome).toMatchObject({
      status: 'completed',
      response: complexResponse(),
      degraded: [],
    });
    expect(models.calls).toHaveLength(COMPLEX.length - 1);
  });
});

test.skipIf(inject('redisKind') === 'embedded')(
  'stages whose records Redis lost are repeated, and no step is missing',
  async () => {
    await using queue = openQueue({ stallCheckMs: 300 });
    const release = Promise.withResolvers<void>();
    const snapshot: [string, Buffer, number][] = [];
    const { models } = await queue.startWorker({
      async compare(call, moments) {
        if (snapshot.length === 0) snapshot.push(...(await dump(queue)));
        return prefers('enhance.interpreted')(call, moments);
      },
      async polish(call, moments) {
        await release.promise;
        return writes(call, moments);
      },
    });
    const id = await queue.begin();
    await models.whenCalled('polish');
    await restore(queue, snapshot);
    release.resolve();
    const run = await queue.finished(id);
    expect(run.outcome).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
    expect(models.calls.filter(({ stage }) => stage === 'compare')).toHaveLength(2);
    expect(run.stages.compare?.calls).toMatchObject([
      { failure: { code: 'worker-lost' } },
      { failure: null },
    ]);
  },
);

/** All keys of the namespace, as an append-only file restores them after the locks have expired. */
async function dump({ redis, keys }: Queue): Promise<[string, Buffer, number][]> {
  const names = await redis.keys(`${keys.prefix}:*`);
  return Promise.all(
    names
      .filter((name) => !name.endsWith(':lock'))
      .map(async (name): Promise<[string, Buffer, number]> => {
        const [value, ttl] = await Promise.all([redis.dumpBuffer(name), redis.pttl(name)]);
        return [name, value ?? Buffer.alloc(0), Math.max(0, ttl)];
      }),
  );
}

async function restore({ redis, keys }: Queue, snapshot: readonly [string, Buffer, number][]) {
  const now = await redis.keys(`${keys.prefix}:*`);
  const multi = redis.multi();
  for (const name of now) multi.del(name);
  for (const [name, value, ttl] of snapshot) if (value.length > 0) multi.restore(name, ttl, value);
  await multi.exec();
}

describeWithServers('a Redis that drops its scripts', (programs) => {
  test('adds and continues runs', async () => {
    await using server = await startServer(programs);
    await using queue = openQueue({ redisUrl: `redis://127.0.0.1:${server.port}` });
    const flush = () => queue.redis.script('FLUSH');
    const complex: Reply = async (call, moments) => {
      await flush();
      return reply('complex')(call, moments);
    };
    await queue.startWorker({ classify: complex });
    const completeAll = async () => (await queue.finished(await queue.begin())).outcome;
    expect(await completeAll()).toMatchObject({ status: 'completed', route: 'complex', degraded: [] });
    await flush();
    expect(await completeAll()).toMatchObject({ status: 'completed', route: 'complex', degraded: [] });
  });
});
