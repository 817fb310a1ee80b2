import { randomUUID } from 'node:crypto';
import { limits as read } from '@codegen/pipeline';
import { reply, writes } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { openLimiter } from '../src/models/limiter.ts';
import { openQueue, type Queue } from './queue.ts';

const FREE = 'maker/model:free';
const DAY_MS = 86_400_000;
const simple = reply('simple');

const limiterOf = ({ redis, keys }: Queue, limits: string, account = 'a') =>
  openLimiter(redis, keys, { account, limits: read.parse(limits), random: () => 0 });

test.concurrent('places are shared by all workers of an account and all models of an ending', async () => {
  await using queue = openQueue();
  const workers = [limiterOf(queue, ':free=5/min'), limiterOf(queue, ':free=5/min')];
  const asked = Array.from({ length: 20 }, (_, i) => workers[i % 2]?.take(`maker/${i}:free`));
  const waits = await Promise.all(asked);
  expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  for (const wait of waits.filter((one) => one !== 0)) {
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60_000);
  }
  expect(await limiterOf(queue, ':free=5/min', 'b').take(FREE)).toBe(0);
  expect(await workers[0]?.take('maker/model')).toBe(0);
  expect((await queue.names()).filter((name) => name.startsWith('calls:'))).toHaveLength(3);
});

test.concurrent('a call that one limit turns away takes no place under the other', async () => {
  await using queue = openQueue();
  const limiter = limiterOf(queue, ':free=1/min,5/day');
  expect(await limiter.take(FREE)).toBe(0);
  for (let call = 0; call < 9; call++) expect(await limiter.take(FREE)).toBeGreaterThan(0);
  const [calls = ''] = queue.keys.calls('a', ':free', 'day');
  expect(await queue.redis.llen(calls)).toBe(1);
  expect(await queue.redis.pttl(calls)).toBeGreaterThan(0);
});

test.concurrent.each([
  ['60 s later', 'min', 60_000],
  ['at midnight UTC', 'day', DAY_MS],
] as const)('the place of a call is free again %s', async (_, per, spanMs) => {
  await using queue = openQueue();
  const limiter = limiterOf(queue, `${FREE}=1/${per}`);
  const [calls = ''] = queue.keys.calls('a', FREE, per);
  await queue.redis.lpush(calls, Date.now() - spanMs);
  const from = Date.now();
  expect(await limiter.take(FREE)).toBe(0);
  const wait = await limiter.take(FREE);
  const to = Date.now();
  const called = Number(await queue.redis.lindex(calls, 0));
  expect(called).toBeGreaterThanOrEqual(from);
  const opens = per === 'day' ? called - (called % DAY_MS) + DAY_MS : called + spanMs;
  expect(from + wait).toBeLessThanOrEqual(opens);
  expect(to + wait).toBeGreaterThanOrEqual(opens);
});

test.concurrent('those who wait come back one after another', async () => {
  await using queue = openQueue();
  const { redis, keys } = queue;
  const limiter = openLimiter(redis, keys, {
    account: randomUUID(),
    limits: read.parse('*=2/min'),
    random: () => 1,
  });
  const waits: number[] = [];
  for (let call = 0; call < 6; call++) waits.push(await limiter.take('m'));
  expect(waits.slice(0, 2)).toEqual([0, 0]);
  expect(waits[2]).toBeLessThanOrEqual(60_000);
  expect(waits[3]).toBeGreaterThan(60_000);
  expect(waits[5]).toBeLessThanOrEqual(120_000);
});

test.concurrent('a limit is kept to by two workers, and stand-ins serve beyond it', async () => {
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

test.concurrent('without a stand-in a stage waits for its place, and gives up if that is too long', async () => {
  await using queue = openQueue({ limits: read.parse(':free=2/min') });
  const [calls = ''] = queue.keys.calls('', ':free', 'min');
  // One place is free, the other one in two seconds.
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
