import { randomUUID } from 'node:crypto';
import { limits as read } from '@codegen/pipeline';
import { reply, writes } from '@codegen/testing/models/replies';
import { expect, test } from 'vitest';
import { createCallLimits } from '../../src/models/availability.ts';
import { openQueue, type Queue } from '../queue.ts';

const FREE = 'maker/model:free';
const DAY_MS = 86_400_000;
const simple = reply('simple');

const limitsOf = ({ redis, keys }: Queue, limits: string, account = 'a') => {
  const acquire = createCallLimits(redis, keys, { limits: read.parse(limits), random: () => 0 });
  return (model: string) => acquire(account, model);
};

test.concurrent('slots are shared by all workers of an account and all models with the suffix', async () => {
  await using queue = openQueue();
  const workers = [limitsOf(queue, ':free=5/min'), limitsOf(queue, ':free=5/min')];
  const pending = Array.from({ length: 20 }, (_, i) => workers[i % 2]?.(`maker/${i}:free`));
  const waits = await Promise.all(pending);
  expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  for (const wait of waits.filter((one) => one !== 0)) {
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60_000);
  }
  expect(await limitsOf(queue, ':free=5/min', 'b')(FREE)).toBe(0);
  expect(await workers[0]?.('maker/model')).toBe(0);
  expect((await queue.names()).filter((name) => name.startsWith('calls:'))).toHaveLength(3);
});

test.concurrent('a call rejected by one limit takes no slot under the other', async () => {
  await using queue = openQueue();
  const acquire = limitsOf(queue, ':free=1/min,5/day');
  expect(await acquire(FREE)).toBe(0);
  for (let call = 0; call < 9; call++) expect(await acquire(FREE)).toBeGreaterThan(0);
  const [calls = ''] = queue.keys.calls('a', ':free', 'day');
  expect(await queue.redis.llen(calls)).toBe(1);
  // The calls of a day are remembered for a day, whatever the other limit.
  expect(await queue.redis.pttl(calls)).toBeGreaterThan(DAY_MS - 60_000);
});

test.concurrent.each([
  ['60 s later', 'min', 60_000],
  ['at midnight UTC', 'day', DAY_MS],
] as const)('the slot of a call is free again %s', async (_, per, spanMs) => {
  await using queue = openQueue();
  const acquire = limitsOf(queue, `${FREE}=1/${per}`);
  const [calls = ''] = queue.keys.calls('a', FREE, per);
  await queue.redis.lpush(calls, Date.now() - spanMs);
  const from = Date.now();
  expect(await acquire(FREE)).toBe(0);
  const wait = await acquire(FREE);
  const to = Date.now();
  const called = Number(await queue.redis.lindex(calls, 0));
  expect(called).toBeGreaterThanOrEqual(from);
  const opens = per === 'day' ? called - (called % DAY_MS) + DAY_MS : called + spanMs;
  expect(from + wait).toBeLessThanOrEqual(opens);
  expect(to + wait).toBeGreaterThanOrEqual(opens);
});

test.concurrent('rejected calls spread their retries', async () => {
  await using queue = openQueue();
  const { redis, keys } = queue;
  const acquire = createCallLimits(redis, keys, {
    limits: read.parse('*=2/min'),
    random: () => 1,
  });
  const account = randomUUID();
  const waits: number[] = [];
  for (let call = 0; call < 6; call++) waits.push(await acquire(account, 'm'));
  expect(waits.slice(0, 2)).toEqual([0, 0]);
  expect(waits[2]).toBeLessThanOrEqual(60_000);
  expect(waits[3]).toBeGreaterThan(60_000);
  expect(waits[5]).toBeLessThanOrEqual(120_000);
});

test.concurrent('two workers share a limit, and fallback models serve the calls beyond it', async () => {
  await using queue = openQueue({ limits: read.parse(':free=3/min') });
  const runtime = { models: () => [FREE, 'maker/paid'] };
  const replies = { classify: simple, answer: writes };
  const workers = [
    await queue.startWorker(replies, {}, runtime),
    await queue.startWorker(replies, {}, runtime),
  ];
  const ids = await Promise.all(Array.from({ length: 10 }, () => queue.begin()));
  for (const id of ids)
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  const models = workers.flatMap((worker) => worker.models.calls.map(({ model }) => model));
  expect(models.filter((model) => model === FREE)).toHaveLength(3);
  expect(models).toHaveLength(20);
});

test.concurrent('without a fallback model a stage waits for a slot, and fails if the wait is too long', async () => {
  await using queue = openQueue({ limits: read.parse(':free=2/min') });
  const [calls = ''] = queue.keys.calls('', ':free', 'min');
  // One slot is free, the other one in two seconds.
  const free = Date.now() + 2_000;
  await queue.redis.lpush(calls, free - 60_000);
  await queue.startWorker({ classify: simple, answer: writes }, {}, { models: () => [FREE] });
  const run = await queue.finished(await queue.begin());
  expect(run.outcome).toMatchObject({ status: 'completed', degraded: [] });
  const [call] = run.stages.answer?.calls ?? [];
  expect(call?.startedAt).toBeGreaterThanOrEqual(free);
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({
    status: 'failed',
    code: 'rate-limited',
  });
});
