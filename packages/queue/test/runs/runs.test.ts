import { randomUUID } from 'node:crypto';
import { fails, hangs, lost, type Replies, reply } from '@codegen/testing/models/replies';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { COMPLEX } from '@codegen/testing/runs/case';
import { expect, inject, test } from 'vitest';
import { QueueUnavailable } from '../../src/index.ts';
import { openQueue, until } from '../queue.ts';

const simple = reply('simple');
const hello = [{ role: 'user' as const, content: 'hello' }];

test.each([
  ['refuses', async (proxy: Awaited<ReturnType<typeof startCuttableProxy>>) => proxy.cut()],
  ['hangs', async (proxy: Awaited<ReturnType<typeof startCuttableProxy>>) => proxy.stall()],
])('a run that could not be started because Redis %s does not exist later', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using queue = openQueue({ redisUrl: proxy.url });
  // After the first round trip the clock of Redis is known, and a submission sends one command.
  await until(async () => (await queue.runs.workers()) !== null);
  await fail(proxy);
  await expect(queue.runs.submit(hello)).rejects.toThrow(QueueUnavailable);
  await proxy.restore();
  await until(async () => (await queue.runs.workers()) !== null);

  const { models } = await queue.startWorker({}, { redisUrl: inject('redisUrl') });
  const id = await queue.begin();
  await queue.finished(id);
  expect(new Set(models.calls.map(({ run }) => run))).toEqual(new Set([id]));
  expect((await queue.names()).filter((name) => name.startsWith('run:'))).toEqual([`run:${id}`]);
});

test('waits `redisTimeoutMs` for a reply of Redis', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using hasty = openQueue({ redisUrl: proxy.url, redisTimeoutMs: 100 });
  await using calm = openQueue({ redisUrl: proxy.url, redisTimeoutMs: 30_000 });
  await Promise.all([hasty.runs.connected(), calm.runs.connected()]);
  proxy.stall();
  const counted = calm.runs.workers();
  await expect(hasty.runs.workers()).rejects.toThrow(QueueUnavailable);
  await proxy.restore();
  expect(await counted).toEqual({ stages: 0 });
});

test('a run that never existed is not found', async () => {
  await using queue = openQueue();
  await queue.runs.connected();
  const id = randomUUID();
  expect(await queue.runs.load(id)).toBeNull();
  expect(await queue.runs.cancel(id)).toBe(false);
  expect(await queue.names()).toEqual([]);
});

const endings: [string, Replies, string][] = [
  ['completed', {}, 'completed'],
  ['asked a question', { interpret: reply('{"unclear": "For whom?"}') }, 'completed'],
  ['fell back', { 'generate.direct': lost, interpret: lost }, 'completed'],
  ['was degraded', { polish: lost, classify: lost }, 'completed'],
  ['failed', { classify: simple, answer: lost }, 'failed'],
  ['failed at once', { interpret: fails({ intent: 'failRun', code: 'no-credit' }) }, 'failed'],
  [
    'was rate limited',
    { classify: [fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 2 }), simple] },
    'completed',
  ],
];

/** BullMQ removes each job when it completes. */
const KEEP_NONE = { keepFinishedJobs: { count: 0 } };

test.each(endings)('a run that %s leaves no jobs in the queue', async (_, replies, status) => {
  await using queue = openQueue(KEEP_NONE);
  await queue.startWorker(replies);
  const ids = await Promise.all([queue.begin(), queue.begin(), queue.begin()]);
  for (const id of ids) expect((await queue.finished(id)).outcome?.status).toBe(status);
  await until(async () => (await jobsIn(await queue.names())).length === 0);

  const names = (await queue.names()).filter((name) => name.startsWith('stages:'));
  const KEPT = ['id', 'meta', 'events', 'marker', 'stalled-check'].map((name) => `stages:${name}`);
  expect(names.filter((name) => !KEPT.includes(name))).toEqual([]);
});

/** Keys of jobs and of the lists that contain them; empty lists have no key. */
const jobsIn = async (names: string[]) =>
  names.filter((name) =>
    /^stages:(?:[\da-f]{8}-|wait|prioritized|active|delayed|waiting-children|paused|completed|failed)/.test(
      name,
    ),
  );

test('a cancelled run aborts its calls, makes no further ones and leaves no jobs', async () => {
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

test('a run cancelled before a worker takes it makes no call', async () => {
  await using queue = openQueue(KEEP_NONE);
  const ids = [await queue.begin(), await queue.begin()];
  expect(await queue.runs.cancel(ids[0] ?? '')).toBe(true);
  const { models } = await queue.startWorker();
  await queue.finished(ids[1] ?? '');
  await until(async () => (await jobsIn(await queue.names())).length === 0);
  expect(models.calls.map(({ run }) => run)).toEqual(COMPLEX.map(() => ids[1]));
  expect((await queue.run(ids[0] ?? '')).stages).toEqual({});
});

test('a finished run cannot be cancelled', async () => {
  await using queue = openQueue();
  await queue.startWorker({ classify: simple });
  const id = await queue.begin();
  const { outcome } = await queue.finished(id);
  expect(await queue.runs.cancel(id)).toBe(false);
  expect((await queue.run(id)).outcome).toEqual(outcome);
});
