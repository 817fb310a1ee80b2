import { ACCOUNT_BREAKER, type Role } from '@codegen/pipeline';
import { fails, type Reply, reply, writes } from '@codegen/testing/models/replies';
import { expect, test } from 'vitest';
import type { StageWorkerEvent } from '../../src/index.ts';
import { openQueue, until } from '../queue.ts';

const rejected = fails({ intent: 'failRun', code: 'key-rejected', message: 'not this key' });
const failed = { status: 'failed', stage: 'classify', code: 'key-rejected', detail: 'not this key' };

const breakers = (pauseMs: number) => ({
  breakers: { account: { ...ACCOUNT_BREAKER, pauseMs, longestPauseMs: pauseMs } },
});

test.concurrent('fails waiting runs without a call after a key was rejected', async () => {
  await using queue = openQueue(breakers(60_000));
  const changes: StageWorkerEvent[] = [];
  const report = (event: StageWorkerEvent) => event.kind === 'breaker' && changes.push(event);
  const workers = [
    await queue.startWorker({ classify: rejected }, { report }),
    await queue.startWorker({ classify: rejected }, { report }),
  ];
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject(failed);
  const ids = await Promise.all(Array.from({ length: 10 }, () => queue.begin()));
  for (const id of ids) {
    const run = await queue.finished(id);
    expect(run.outcome).toMatchObject(failed);
    expect(run.stages.classify).toMatchObject({ status: 'failed', failure: { code: 'key-rejected' } });
  }
  expect(workers.flatMap(({ models }) => models.calls)).toHaveLength(1);
  expect(changes).toMatchObject([{ model: null, opened: 1, failure: { code: 'key-rejected' } }]);
});

test.concurrent('a worker with another account is not affected by a rejected key', async () => {
  await using queue = openQueue(breakers(60_000));
  const old = await queue.startWorker({ classify: rejected }, { account: () => 'old' });
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject(failed);
  await old.worker.close();
  await queue.startWorker({}, { account: () => 'new' });
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({ status: 'completed' });
});

test.concurrent('a rejected key of one role does not stop the calls of roles with another key', async () => {
  await using queue = openQueue(breakers(60_000));
  const changes: StageWorkerEvent[] = [];
  const report = (event: StageWorkerEvent) => event.kind === 'breaker' && changes.push(event);
  const account = (role: Role) => (role === 'interpreter' ? 'other' : 'main');
  let route = 'ambiguous';
  const classify: Reply = (call, moments) => reply(route)(call, moments);
  await queue.startWorker({ classify, clarify: rejected }, { report, account });
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({ ...failed, stage: 'clarify' });
  expect(await queue.redis.hkeys(queue.keys.breakers)).toEqual(['account other']);
  route = 'simple';
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({ status: 'completed' });
  expect(changes).toHaveLength(1);
});

test.concurrent('a worker that finds no model server does not stop the calls of other workers', async () => {
  await using queue = openQueue(breakers(60_000));
  const changes: StageWorkerEvent[] = [];
  const report = (event: StageWorkerEvent) => event.kind === 'breaker' && changes.push(event);
  const cutOff = await queue.startWorker(
    { classify: fails({ intent: 'failRun', code: 'wrong-base-url' }) },
    { report },
  );
  const { outcome } = await queue.finished(await queue.begin());
  expect(outcome).toMatchObject({ status: 'failed', code: 'wrong-base-url' });
  await cutOff.worker.close();
  await queue.startWorker({}, { report });
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({ status: 'completed' });
  expect(changes).toEqual([]);
});

test.concurrent('runs continue after one trial call succeeds with a key that was rejected', async () => {
  await using queue = openQueue(breakers(100));
  let isValid = false;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const classify: Reply = async (call, moments) => {
    if (!isValid) return rejected(call, moments);
    await held;
    return reply('simple')(call, moments);
  };
  const policy = { tries: 3, baseDelayMs: 1, fallbackAfterMs: 1_000, longestWaitMs: 60_000 };
  const { models } = await queue.startWorker({ classify, answer: writes }, {}, { policy, random: () => 0 });
  await queue.finished(await queue.begin());
  isValid = true;
  const before = models.calls.length;
  await until(async () => {
    await queue.begin();
    await new Promise((resolve) => setTimeout(resolve, 20));
    return models.calls.length > before;
  });
  // During the trial call the run neither fails nor makes a call.
  const waits = await queue.begin();
  await until(async () => (await queue.run(waits)).stages.classify?.status === 'retrying');
  expect(models.calls).toHaveLength(before + 1);
  release();
  expect((await queue.finished(waits)).outcome).toMatchObject({ status: 'completed' });
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
});
