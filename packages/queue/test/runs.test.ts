import { randomUUID } from 'node:crypto';
import { COMPLEX } from '@codegen/testing/case';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { fails, hangs, lost, type Replies, reply } from '@codegen/testing/replies';
import { expect, inject, test } from 'vitest';
import { QueueUnavailable } from '../src/index.ts';
import { openQueue, until } from './queue.ts';

const simple = reply('simple');
const hello = [{ role: 'user' as const, content: 'hello' }];

test.each([
  ['refuses', async (proxy: Awaited<ReturnType<typeof startCuttableProxy>>) => proxy.cut()],
  ['hangs', async (proxy: Awaited<ReturnType<typeof startCuttableProxy>>) => proxy.stall()],
])('a run that could not be started because Redis %s is not there later', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using queue = openQueue({ redisUrl: proxy.url });
  await queue.runs.connected();
  await fail(proxy);
  await expect(queue.runs.create(hello)).rejects.toThrow(QueueUnavailable);
  await proxy.restore();
  await until(async () => (await queue.runs.workers()) !== null);

  const { models } = await queue.startWorker({}, { redisUrl: inject('redisUrl') });
  const id = await queue.begin();
  await queue.finished(id);
  expect(new Set(models.calls.map(({ run }) => run))).toEqual(new Set([id]));
  expect((await queue.names()).filter((name) => name.startsWith('run:'))).toEqual([`run:${id}`]);
});

test('nothing is known of a run that never was', async () => {
  await using queue = openQueue();
  await queue.runs.connected();
  const id = randomUUID();
  expect(await queue.runs.load(id)).toBeNull();
  expect(await queue.runs.cancel(id)).toBe(false);
  expect(await queue.names()).toEqual([]);
});

const endings: [string, Replies, string][] = [
  ['completed', {}, 'completed'],
  ['came to a question', { interpret: reply('{"unclear": "For whom?"}') }, 'completed'],
  ['fell back', { 'generate.direct': lost, interpret: lost }, 'completed'],
  ['was degraded', { polish: lost, classify: lost }, 'completed'],
  ['failed', { classify: simple, answer: lost }, 'failed'],
  ['failed at once', { interpret: fails({ intent: 'failRun', code: 'no-credit' }) }, 'failed'],
  [
    'was held back',
    { classify: [fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 2 }), simple] },
    'completed',
  ],
];

/** BullMQ removes each job when it is over. */
const KEEP_NONE = { keepFinishedJobs: { count: 0 } };

test.each(endings)('of a run that %s nothing is left in the queue', async (_, replies, status) => {
  await using queue = openQueue(KEEP_NONE);
  await queue.startWorker(replies);
  const ids = await Promise.all([queue.begin(), queue.begin(), queue.begin()]);
  for (const id of ids) expect((await queue.finished(id)).outcome?.status).toBe(status);
  await until(async () => (await jobsIn(await queue.names())).length === 0);

  const names = (await queue.names()).filter((name) => name.startsWith('stages:'));
  const KEPT = ['id', 'meta', 'events', 'marker', 'stalled-check'].map((name) => `stages:${name}`);
  expect(names.filter((name) => !KEPT.includes(name))).toEqual([]);
});

/** Keys of jobs and of the lists they are in; `stages:delayed` and the like are gone when they are empty. */
const jobsIn = async (names: string[]) =>
  names.filter((name) =>
    /^stages:(?:[\da-f]{8}-|wait|prioritized|active|delayed|waiting-children|paused|completed|failed)/.test(
      name,
    ),
  );

test('a cancelled run asks nothing more, and nothing of it is left', async () => {
  await using queue = openQueue(KEEP_NONE);
  const { models } = await queue.startWorker({ 'generate.direct': hangs, interpret: hangs });
  const id = await queue.begin();
  await models.whenCalled('generate.direct');
  await models.whenCalled('interpret');
  expect(await queue.runs.cancel(id)).toBe(true);
  expect(await queue.runs.cancel(id)).toBe(false);
  const run = await queue.finished(id);
  expect(run.outcome).toEqual({ status: 'cancelled' });
  await until(async () => (await jobsIn(await queue.names())).length === 0);
  expect(models.calls.map(({ stage, ended }) => [stage, ended]).sort()).toEqual([
    ['classify', 'answered'],
    ['generate.direct', 'aborted'],
    ['interpret', 'aborted'],
  ]);
  const { stages } = await queue.run(id);
  expect(stages['generate.direct']).toMatchObject({
    status: 'cancelled',
    calls: [{ failure: { code: 'aborted' } }],
  });
});

test('a run that is cancelled before a worker takes it is never asked for', async () => {
  await using queue = openQueue(KEEP_NONE);
  const ids = [await queue.begin(), await queue.begin()];
  expect(await queue.runs.cancel(ids[0] ?? '')).toBe(true);
  const { models } = await queue.startWorker();
  await queue.finished(ids[1] ?? '');
  await until(async () => (await jobsIn(await queue.names())).length === 0);
  expect(models.calls.map(({ run }) => run)).toEqual(COMPLEX.map(() => ids[1]));
  expect((await queue.run(ids[0] ?? '')).stages).toEqual({});
});

test('a run that is over cannot be cancelled', async () => {
  await using queue = openQueue();
  await queue.startWorker({ classify: simple });
  const id = await queue.begin();
  const { outcome } = await queue.finished(id);
  expect(await queue.runs.cancel(id)).toBe(false);
  expect((await queue.run(id)).outcome).toEqual(outcome);
});
