import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { createRunStore } from '../src/jobs/run-store.ts';
import { openSettlements } from '../src/jobs/settlements.ts';
import { connectBlocking } from '../src/redis/connection.ts';
import { keysOf } from '../src/redis/keys.ts';
import { RETENTION_SECONDS, until } from './queue.ts';

const NEVER = new AbortController().signal;
const SELDOM_MS = 1_000_000;
const OFTEN_MS = 10;

const redis = connectBlocking(inject('redisUrl'));
afterAll(() => redis.disconnect());

/** Settlements in a namespace of their own, with a look every so many milliseconds; `looks` are the runs looked at. */
function open(recheckMs: number, redisUrl = inject('redisUrl')) {
  const keys = keysOf(`settlements-${randomUUID()}`);
  const store = createRunStore(graph, redis, keys, { retentionSeconds: RETENTION_SECONDS });
  const looks: string[] = [];
  const isFinished = async (id: string) => {
    looks.push(id);
    return store.isFinished(id);
  };
  return {
    looks,
    settlements: openSettlements(connectBlocking(redisUrl), keys, isFinished, recheckMs),
    async begin() {
      const id = randomUUID();
      await store.submit(
        { id, conversation: [{ role: 'user', content: 'hello' }], seed: 7, createdAt: 1 },
        { caller: '' },
      );
      return id;
    },
    finish: (id: string) => store.finish(id, { status: 'cancelled' }, 2),
    /** As if the message had been lost. */
    finishInSilence: (id: string) => redis.hset(keys.run(id), 'outcome', '{"status":"cancelled"}'),
    subscribed: () => until(async () => Number((await redis.pubsub('NUMSUB', keys.finished))[1]) === 1),
  };
}

describe('whoever waits for a run', () => {
  test('that is settled already is told at once', async () => {
    const { settlements, begin, finish } = open(SELDOM_MS);
    await using _settlements = settlements;
    const id = await begin();
    await finish(id);
    expect(await settlements.wait(id, NEVER)).toBe(true);
  });

  test('and knows that it is settled is told without a look, and goes on waiting if it is not', async () => {
    const { settlements, looks, begin, finish, subscribed } = open(SELDOM_MS);
    await using _settlements = settlements;
    await subscribed();
    const id = await begin();
    expect(await settlements.wait(id, NEVER, Promise.resolve(true))).toBe(true);
    const known = [Promise.resolve(false), Promise.reject(new Error('Redis is away'))];
    const waiting = known.map((one) => settlements.wait(id, NEVER, one));
    await Promise.allSettled(known);
    await finish(id);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(looks).toEqual([]);
  });

  test('is told when it is settled, by its message alone', async () => {
    const { settlements, looks, begin, finish, subscribed } = open(SELDOM_MS);
    await using _settlements = settlements;
    await subscribed();
    const [id, other] = [await begin(), await begin()];
    const waiting = [settlements.wait(id, NEVER), settlements.wait(id, NEVER)];
    const elsewhere = vi.fn();
    void settlements.wait(other, NEVER).then(elsewhere);
    await until(async () => looks.length === 3);
    await finish(id);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(elsewhere).not.toHaveBeenCalled();
    expect(looks).toHaveLength(3);
  });

  test('is told with the next look if the message was lost', async () => {
    const { settlements, begin, finishInSilence } = open(OFTEN_MS);
    await using _settlements = settlements;
    const id = await begin();
    const waiting = settlements.wait(id, NEVER);
    await finishInSilence(id);
    expect(await waiting).toBe(true);
  });

  test('is told when the connection is back if it was settled meanwhile', async () => {
    await using proxy = await startCuttableProxy(inject('redisUrl'));
    const { settlements, looks, begin, finish, subscribed } = open(SELDOM_MS, proxy.url);
    await using _settlements = settlements;
    await subscribed();
    const id = await begin();
    const waiting = settlements.wait(id, NEVER);
    await until(async () => looks.length === 1);
    await proxy.cut();
    await finish(id);
    await proxy.restore();
    expect(await waiting).toBe(true);
  });

  test('is told as soon as it can be known if looking fails at first', async () => {
    let fails = 3;
    const isFinished = async () => {
      if (fails-- > 0) throw new Error('Redis is away');
      return true;
    };
    const subscriber = connectBlocking(inject('redisUrl'));
    const keys = keysOf(`settlements-${randomUUID()}`);
    await using settlements = openSettlements(subscriber, keys, isFinished, OFTEN_MS);
    expect(await settlements.wait(randomUUID(), NEVER)).toBe(true);
  });

  test('may give up, and others go on waiting', async () => {
    const { settlements, begin, finish, subscribed } = open(SELDOM_MS);
    await using _settlements = settlements;
    await subscribed();
    const id = await begin();
    const leave = new AbortController();
    const [left, stayed] = [settlements.wait(id, leave.signal), settlements.wait(id, NEVER)];
    leave.abort();
    expect(await left).toBe(false);
    await finish(id);
    expect(await stayed).toBe(true);
  });

  test('and had given up before is told so at once', async () => {
    const { settlements, looks, begin, finish } = open(SELDOM_MS);
    await using _settlements = settlements;
    const id = await begin();
    await finish(id);
    expect(await settlements.wait(id, AbortSignal.abort())).toBe(false);
    expect(looks).toEqual([]);
  });

  test('is told that it cannot be known when all is closed', async () => {
    const { settlements, begin } = open(SELDOM_MS);
    const waiting = settlements.wait(await begin(), NEVER);
    await settlements.close();
    expect(await waiting).toBe(false);
  });
});

test('a run that nobody waits for any more is not looked at', async () => {
  const { settlements, looks, begin, finish, subscribed } = open(OFTEN_MS);
  await using _settlements = settlements;
  await subscribed();
  const leave = new AbortController();
  const [told, left, kept] = [await begin(), await begin(), await begin()];
  const waiting = [settlements.wait(told, NEVER), settlements.wait(left, leave.signal)];
  const stop = settlements.listen(kept, () => {});
  await until(async () => [told, left, kept].every((id) => looks.includes(id)));
  await finish(told);
  leave.abort();
  expect(await Promise.all(waiting)).toEqual([true, false]);
  looks.length = 0;
  await until(async () => looks.length > 5);
  expect(new Set(looks)).toEqual(new Set([kept]));
  stop();
});

test('a listener that stops is not called, and one that came later is', async () => {
  const { settlements, begin, finish, subscribed } = open(SELDOM_MS);
  await using _settlements = settlements;
  await subscribed();
  const id = await begin();
  const early = vi.fn();
  const stop = settlements.listen(id, early);
  stop();
  const late = new Promise<void>((resolve) => settlements.listen(id, resolve));
  stop();
  await finish(id);
  await late;
  expect(early).not.toHaveBeenCalled();
});
