import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { graph, inputsOf, type Node } from '@codegen/pipeline';
import { fails, hangs, lost, reply, writes } from '@codegen/testing/models/replies';
import { COMPLEX, LAST_STAGE } from '@codegen/testing/runs/case';
import { describe, expect, inject, test } from 'vitest';
import { jobsOf, printFlow, readFlow, type Tree } from '../bull-queue.ts';
import { openQueue, until } from '../queue.ts';

const OPEN = ['wait', 'prioritized', 'active', 'delayed', 'waiting-children'] as const;

describe('the BullMQ flow of a run', () => {
  test('has both branches of a complex request active at the same time', async () => {
    await using queue = openQueue();
    const { models } = await queue.startWorker({ 'generate.direct': hangs, interpret: hangs });
    const id = await queue.begin();
    await models.whenCalled('generate.direct');
    await models.whenCalled('interpret');
    const states: Record<string, string> = {
      classify: 'completed',
      'generate.direct': 'active',
      interpret: 'active',
    };
    const jobOf = (node: Node): Tree => {
      const { name } = node.stage;
      return [name, states[name] ?? 'waiting-children', ...inputsOf(node, {}).map(jobOf)];
    };
    const children = [graph.entry, graph.routes.complex].map(jobOf);
    const sorted = children.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const expected = ['generate', 'waiting-children', ...sorted] as const;
    expect(printFlow(await readFlow(queue, id))).toBe(printFlow(expected));
  });

  test.each([
    ['simple', 'answer'],
    ['ambiguous', 'clarify'],
  ])('has classify and one stage for a %s request', async (route, stage) => {
    await using queue = openQueue();
    await queue.startWorker({ classify: reply(route) });
    const id = await queue.begin();
    await queue.finished(id);
    await until(async () => (await readFlow(queue, id))[1] === 'completed');
    const children = [
      [stage, 'completed'],
      ['classify', 'completed'],
    ];
    expect(await readFlow(queue, id)).toEqual(['generate', 'completed', ...children.toSorted()]);
  });

  test('includes the simple route after the complex route has failed', async () => {
    await using queue = openQueue();
    await queue.startWorker({ 'generate.direct': lost, 'generate.interpreted': lost });
    const id = await queue.begin();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', route: 'simple' });
    const [, , ...children] = await readFlow(queue, id);
    expect(children.map(([stage]) => stage)).toEqual(['answer', 'classify', LAST_STAGE].toSorted());
  });
});

test('npm run jobs prints the flow of a run', async () => {
  await using queue = openQueue();
  await queue.startWorker();
  const id = await queue.begin();
  await queue.finished(id);
  await until(async () => (await readFlow(queue, id))[1] === 'completed');
  const script = join(import.meta.dirname, '../../../../scripts/jobs.mjs');
  const QUEUE_NAMESPACE = queue.keys.prefix.slice(1, -1);
  const env = { ...process.env, REDIS_URL: inject('redisUrl'), QUEUE_NAMESPACE };
  const { stdout } = await promisify(execFile)(process.execPath, [script, id], { env });
  expect(stdout).toBe(`${printFlow(await readFlow(queue, id))}\n`);
  const withoutId = promisify(execFile)(process.execPath, [script], { env });
  await expect(withoutId).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('<job id>') });
});

test('three workers share the stages of one run', async () => {
  await using queue = openQueue();
  // Each branch stays in its worker until the other one has started, and a worker takes one stage at a time.
  const branch = Promise.withResolvers<void>();
  const begun = new Set<string>();
  const waitForOther = async (...[call, moments]: Parameters<typeof writes>) => {
    begun.add(call.stage);
    if (begun.size === 2) branch.resolve();
    await branch.promise;
    return writes(call, moments);
  };
  const replies = { 'generate.direct': waitForOther, interpret: waitForOther };
  const workers = await Promise.all([1, 2, 3].map(() => queue.startWorker(replies, { concurrency: 1 })));
  await queue.finished(await queue.begin());
  const taken = workers.map(({ models }) => models.calls.map(({ stage }) => stage));
  expect(taken.filter((stages) => stages.length > 0).length).toBeGreaterThan(1);
  expect(taken.flat()).toHaveLength(COMPLEX.length);
});

test('stages of runs in progress precede new runs', async () => {
  await using queue = openQueue();
  const ids = [await queue.begin(), await queue.begin(), await queue.begin()];
  const { models } = await queue.startWorker({}, { concurrency: 1 });
  for (const id of ids) await queue.finished(id);
  const order = models.calls.map(({ run }) => ids.indexOf(run));
  expect(order).toEqual(order.toSorted());
});

describe('the job of a failed stage', () => {
  test('fails if the stage failed for good, and the run continues', async () => {
    await using queue = openQueue();
    await queue.startWorker({ 'generate.direct': lost });
    const id = await queue.begin();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed' });
    const failed = await jobsOf(queue, 'failed');
    expect(failed.map(({ name, failedReason }) => [name, failedReason])).toEqual([
      ['generate.direct', 'too-long'],
    ]);
  });

  test('is delayed if the stage is retried, and its attempts are counted', async () => {
    await using queue = openQueue();
    const overloaded = fails({ intent: 'retry', code: 'overloaded', retryAfterMs: 400 });
    await queue.startWorker({ classify: reply('simple'), answer: [overloaded, writes] });
    const id = await queue.begin();
    await until(async () => (await jobsOf(queue, 'delayed')).some(({ name }) => name === 'answer'));
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
    await until(async () => (await readFlow(queue, id))[1] === 'completed');
    const done = (await jobsOf(queue, 'completed')).find(({ name }) => name === 'answer');
    expect(done?.attemptsMade).toBe(2);
  });
});

describe('a finished job', () => {
  test('shows its model, tokens and cost, and no text', async () => {
    await using queue = openQueue();
    await queue.startWorker({ classify: reply('simple') });
    await queue.finished(await queue.begin());
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
    [{ age: 3_600 }, 2 * (COMPLEX.length + 1)],
  ])('is kept according to %o', async (keepFinishedJobs, count) => {
    await using queue = openQueue({ keepFinishedJobs });
    await queue.startWorker();
    for (let runs = 0; runs < 2; runs++) {
      const id = await queue.begin();
      await queue.finished(id);
      await until(async () => (await jobsOf(queue, ...OPEN)).length === 0);
    }
    expect(await jobsOf(queue, 'completed')).toHaveLength(count);
    // Removed jobs leave no keys.
    const keys = (await queue.names()).filter((name) => /^stages:[0-9a-f]{8}-[^:]*$/.test(name));
    expect(keys).toHaveLength(count);
  });

  test('is deleted with its run', async () => {
    await using queue = openQueue();
    await queue.startWorker({ 'generate.direct': lost });
    const id = await queue.begin();
    await queue.finished(id);
    await until(async () => (await readFlow(queue, id))[1] === 'completed');
    expect(await queue.runs.remove(id, 'anonymous')).toBe(true);
    expect((await queue.names()).filter((name) => name.includes(id))).toEqual([]);
    expect(await jobsOf(queue, 'completed')).toEqual([]);
    expect(await jobsOf(queue, 'failed')).toEqual([]);
  });
});

test('jobs of a cancelled run end without a call', async () => {
  await using queue = openQueue();
  const { models } = await queue.startWorker({ 'generate.direct': hangs, interpret: hangs });
  const id = await queue.begin();
  await models.whenCalled('generate.direct');
  await models.whenCalled('interpret');
  expect(await queue.runs.cancel(id)).toBe(true);
  await until(async () => (await readFlow(queue, id))[1] === 'completed');
  expect(models.calls.map(({ stage, ended }) => [stage, ended]).toSorted()).toEqual([
    ['classify', 'answered'],
    ['generate.direct', 'aborted'],
    ['interpret', 'aborted'],
  ]);
});
