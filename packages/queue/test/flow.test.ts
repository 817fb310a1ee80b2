import { graph } from '@codegen/pipeline';
import { Queue as BullQueue, type JobType } from 'bullmq';
import { describe, expect, inject, test } from 'vitest';
import { complexResponse } from '../../../test/conformance/case.ts';
import { fails, hangs, lost, prefers, type Reply, says, writes } from '../../../test/conformance/replies.ts';
import { openFlows } from '../src/flow/flow.ts';
import { openRunStore } from '../src/jobs/run-store.ts';
import { printFlow, readFlow } from './flow.ts';
import { openQueue, type Queue, RETENTION_SECONDS, until } from './queue.ts';
import { recordOf } from './record.ts';

const OPEN = ['wait', 'prioritized', 'active', 'delayed', 'waiting-children'] as const;

const jobsOf = async ({ redis, keys }: Queue, ...states: JobType[]) => {
  const queue = new BullQueue('stages', { connection: redis, prefix: keys.prefix, skipVersionCheck: true });
  try {
    return await queue.getJobs(states);
  } finally {
    await queue.close();
  }
};

describe('the flow of a run, as BullMQ shows it', () => {
  test('of a complex request holds both branches, active at the same time', async () => {
    await using queue = openQueue();
    const { models } = await queue.startWorker({ 'generate.direct': hangs, interpret: hangs });
    const id = await queue.begin();
    await models.whenAsked('generate.direct');
    await models.whenAsked('interpret');
    expect(printFlow(await readFlow(queue, id))).toBe(
      `
generate (waiting-children)
├─ classify (completed)
└─ polish (waiting-children)
   └─ compare (waiting-children)
      ├─ enhance.direct (waiting-children)
      │  └─ generate.direct (active)
      └─ enhance.interpreted (waiting-children)
         └─ generate.interpreted (waiting-children)
            └─ interpret (active)`.trim(),
    );
  });

  test.each([
    ['simple', 'answer'],
    ['ambiguous', 'clarify'],
  ])('of a %s request is one stage beside classify', async (route, stage) => {
    await using queue = openQueue();
    await queue.startWorker({ classify: says(route) });
    const id = await queue.begin();
    await queue.settled(id);
    await until(async () => (await readFlow(queue, id))[1] === 'completed');
    const children = [
      [stage, 'completed'],
      ['classify', 'completed'],
    ];
    expect(await readFlow(queue, id)).toEqual(['generate', 'completed', ...children.toSorted()]);
  });

  test('holds the simple route besides when the complex one came to nothing', async () => {
    await using queue = openQueue();
    await queue.startWorker({ 'generate.direct': lost, 'generate.interpreted': lost });
    const id = await queue.begin();
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', route: 'simple' });
    const [, , ...children] = await readFlow(queue, id);
    expect(children.map(([stage]) => stage)).toEqual(['answer', 'classify', 'polish']);
  });
});

test('three workers share the stages of one run', async () => {
  await using queue = openQueue();
  // Each branch stays with its worker until the other one has begun, and a worker takes one stage at a time.
  const branch = Promise.withResolvers<void>();
  const begun = new Set<string>();
  const meet = async (...[asked, moments]: Parameters<typeof writes>) => {
    begun.add(asked.stage);
    if (begun.size === 2) branch.resolve();
    await branch.promise;
    return writes(asked, moments);
  };
  const replies = { 'generate.direct': meet, interpret: meet };
  const workers = await Promise.all([1, 2, 3].map(() => queue.startWorker(replies, { concurrency: 1 })));
  await queue.settled(await queue.begin());
  const taken = workers.map(({ models }) => models.asked.map(({ stage }) => stage));
  expect(taken.filter((stages) => stages.length > 0).length).toBeGreaterThan(1);
  expect(taken.flat()).toHaveLength(8);
});

test('runs that have begun go before new ones', async () => {
  await using queue = openQueue();
  const ids = [await queue.begin(), await queue.begin(), await queue.begin()];
  const { models } = await queue.startWorker({}, { concurrency: 1 });
  for (const id of ids) await queue.settled(id);
  const order = models.asked.map(({ run }) => ids.indexOf(run));
  expect(order).toEqual(order.toSorted());
});

describe('a stage that fails', () => {
  test('for good is a failed job, and its run goes on', async () => {
    await using queue = openQueue();
    await queue.startWorker({ 'generate.direct': lost });
    const id = await queue.begin();
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed' });
    const failed = await jobsOf(queue, 'failed');
    expect(failed.map(({ name, failedReason }) => [name, failedReason])).toEqual([
      ['generate.direct', 'too-long'],
    ]);
  });

  test('for now is a delayed job, and its attempts are counted', async () => {
    await using queue = openQueue();
    const overloaded = fails({ intent: 'retry', code: 'overloaded', retryAfterMs: 400 });
    await queue.startWorker({ classify: says('simple'), answer: [overloaded, writes] });
    const id = await queue.begin();
    await until(async () => (await jobsOf(queue, 'delayed')).some(({ name }) => name === 'answer'));
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', degraded: [] });
    await until(async () => (await readFlow(queue, id))[1] === 'completed');
    const done = (await jobsOf(queue, 'completed')).find(({ name }) => name === 'answer');
    expect(done?.attemptsMade).toBe(2);
  });
});

describe('a finished job', () => {
  test('shows which model served it, and no text', async () => {
    await using queue = openQueue();
    await queue.startWorker({ classify: says('simple') });
    await queue.settled(await queue.begin());
    await until(async () => (await jobsOf(queue, 'completed')).length === 3);
    const jobs = await jobsOf(queue, 'completed');
    const answer = jobs.find(({ name }) => name === 'answer');
    expect(Object.keys(answer?.data)).toEqual(['run']);
    expect(answer?.returnvalue).toEqual({
      status: 'completed',
      model: 'served/instructTuned-1',
      milliseconds: expect.any(Number),
      promptTokens: 10,
      completionTokens: 5,
      cost: 0.01,
    });
    expect(JSON.stringify(jobs.map((job) => job.asJSON()))).not.toContain('hello');
  });

  test.each([
    [{ count: 2 }, 2],
    [{ count: 0 }, 0],
    [{ age: 3_600 }, 18],
  ])('stays as %o says', async (keepFinishedJobs, count) => {
    await using queue = openQueue({ keepFinishedJobs });
    await queue.startWorker();
    for (let runs = 0; runs < 2; runs++) {
      const id = await queue.begin();
      await queue.settled(id);
      await until(async () => (await jobsOf(queue, ...OPEN)).length === 0);
    }
    expect(await jobsOf(queue, 'completed')).toHaveLength(count);
    // Nothing is left of jobs that were removed.
    const keys = (await queue.names()).filter((name) => /^stages:[0-9a-f]{8}-[^:]*$/.test(name));
    expect(keys).toHaveLength(count);
  });

  test('goes with its run', async () => {
    await using queue = openQueue();
    await queue.startWorker({ 'generate.direct': lost });
    const id = await queue.begin();
    await queue.settled(id);
    await until(async () => (await readFlow(queue, id))[1] === 'completed');
    expect(await queue.runs.remove(id, 'anonymous')).toBe(true);
    expect((await queue.names()).filter((name) => name.includes(id))).toEqual([]);
    expect(await jobsOf(queue, 'completed')).toEqual([]);
    expect(await jobsOf(queue, 'failed')).toEqual([]);
  });
});

test('a cancelled run leaves jobs that end without a call', async () => {
  await using queue = openQueue();
  const { models } = await queue.startWorker({ 'generate.direct': hangs, interpret: hangs });
  const id = await queue.begin();
  await models.whenAsked('generate.direct');
  await models.whenAsked('interpret');
  expect(await queue.runs.cancel(id)).toBe(true);
  await until(async () => (await readFlow(queue, id))[1] === 'completed');
  expect(models.asked.map(({ stage, ended }) => [stage, ended]).toSorted()).toEqual([
    ['classify', 'answered'],
    ['generate.direct', 'aborted'],
    ['interpret', 'aborted'],
  ]);
});

test('a route that is added again does not wait for a stage that has failed since', async () => {
  await using queue = openQueue();
  const release = Promise.withResolvers<void>();
  const interpret: Reply = async (asked, moments) => {
    await release.promise;
    return says('{"specification": {"goal": "Print a name"}}')(asked, moments);
  };
  await queue.startWorker({ 'enhance.direct': lost, interpret });
  const id = await queue.begin();
  const flows = openFlows(graph, queue.redis, queue.keys.prefix, {});
  await until(async () => (await flows.queue('stages').getJobState(`${id}.enhance.direct`)) === 'failed');
  // As a worker does that takes over `classify` after its record was written.
  await flows.restoreRoute(id, 'complex');
  await flows.close();
  release.resolve();
  expect((await queue.settled(id)).settled).toMatchObject({
    status: 'completed',
    route: 'complex',
    degraded: [{ stage: 'enhance.direct', code: 'too-long' }],
  });
});

describe('the root job of a run, taken over by another worker', () => {
  /** What BullMQ's stalled check does with the job of a lost worker. */
  const offerAgain = ({ redis, keys: { prefix } }: Queue, id: string) =>
    redis
      .multi()
      .zrem(`${prefix}:stages:waiting-children`, id)
      .rpush(`${prefix}:stages:wait`, id)
      .zadd(`${prefix}:stages:marker`, 0, '0')
      .exec();

  test('waits for the stage of a fallback route that runs', async () => {
    await using queue = openQueue();
    const release = Promise.withResolvers<void>();
    const { models } = await queue.startWorker({
      'generate.direct': lost,
      'generate.interpreted': lost,
      async answer(asked, moments) {
        await release.promise;
        return writes(asked, moments);
      },
    });
    const id = await queue.begin();
    await models.whenAsked('answer');
    const isWaiting = async () => (await readFlow(queue, id))[1] === 'waiting-children';
    await until(isWaiting);
    await offerAgain(queue, id);
    await until(isWaiting);
    release.resolve();
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', route: 'simple' });
    expect(models.asked.filter(({ stage }) => stage === 'answer')).toHaveLength(1);
    expect(queue.faults).toEqual([]);
  });

  test('adds the stages of a route that was taken but not added', async () => {
    await using queue = openQueue();
    const id = await queue.begin();
    const store = openRunStore(graph, queue.redis, queue.keys, { retentionSeconds: RETENTION_SECONDS });
    const classified = recordOf('classify', { kind: 'route', route: 'complex' });
    await store.commitStage(id, classified, { route: 'complex' });
    // `classify` is over, and its worker was lost before it added the route.
    const bull = new BullQueue('stages', {
      connection: queue.redis,
      prefix: queue.keys.prefix,
      skipVersionCheck: true,
    });
    await bull.remove(`${id}.classify`);
    await bull.close();
    const { models } = await queue.startWorker();
    expect((await queue.settled(id)).settled).toMatchObject({
      status: 'completed',
      response: complexResponse(),
      degraded: [],
    });
    expect(models.asked).toHaveLength(7);
  });
});

test.skipIf(inject('redisKind') === 'embedded')(
  'what Redis lost with its last second is done again, and no step is missing',
  async () => {
    await using queue = openQueue({ lockMs: 1_500, stallCheckMs: 300 });
    const release = Promise.withResolvers<void>();
    const snapshot: [string, Buffer, number][] = [];
    const { models } = await queue.startWorker({
      async compare(asked, moments) {
        if (snapshot.length === 0) snapshot.push(...(await dump(queue)));
        return prefers('enhance.interpreted')(asked, moments);
      },
      async polish(asked, moments) {
        await release.promise;
        return writes(asked, moments);
      },
    });
    const id = await queue.begin();
    await models.whenAsked('polish');
    await restore(queue, snapshot);
    release.resolve();
    const run = await queue.settled(id);
    expect(run.settled).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
    expect(models.asked.filter(({ stage }) => stage === 'compare')).toHaveLength(2);
    expect(run.stages.compare?.calls).toMatchObject([
      { failure: { code: 'worker-lost' } },
      { failure: null },
    ]);
  },
);

/** Everything in the namespace, as an append-only file restores it. */
async function dump({ redis, keys }: Queue): Promise<[string, Buffer, number][]> {
  const names = await redis.keys(`${keys.prefix}:*`);
  return Promise.all(
    names.map(async (name): Promise<[string, Buffer, number]> => {
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
