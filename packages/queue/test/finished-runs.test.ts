import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { createFinishedRuns } from '../src/jobs/finished-runs.ts';
import { createRunStore } from '../src/jobs/run-store.ts';
import { connectBlocking } from '../src/redis/connection.ts';
import { keysOf } from '../src/redis/keys.ts';
import { RETENTION_SECONDS, until } from './queue.ts';

const NEVER = new AbortController().signal;
const SELDOM_MS = 1_000_000;
const OFTEN_MS = 10;

const redis = connectBlocking(inject('redisUrl'));
afterAll(() => redis.disconnect());

/** FinishedRuns in a namespace of their own, with a look every so many milliseconds; `looks` are the runs looked at. */
function open(recheckMs: number, redisUrl = inject('redisUrl')) {
  const keys = keysOf(`finished-runs-${randomUUID()}`);
  const store = createRunStore(graph, redis, keys, { retentionSeconds: RETENTION_SECONDS });
  const looks: string[] = [];
  const isFinished = async (id: string) => {
    looks.push(id);
    return store.isFinished(id);
  };
  return {
    looks,
    finishedRuns: createFinishedRuns(connectBlocking(redisUrl), keys, isFinished, recheckMs),
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
    const { finishedRuns, begin, finish } = open(SELDOM_MS);
    await using _finishedRuns = finishedRuns;
    const id = await begin();
    await finish(id);
    expect(await finishedRuns.wait(id, NEVER)).toBe(true);
  });

  test('and knows that it is settled is told without a look, and goes on waiting if it is not', async () => {
    const { finishedRuns, looks, begin, finish, subscribed } = open(SELDOM_MS);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const id = await begin();
    expect(await finishedRuns.wait(id, NEVER, Promise.resolve(true))).toBe(true);
    const known = [Promise.resolve(false), Promise.reject(new Error('Redis is away'))];
    const waiting = known.map((one) => finishedRuns.wait(id, NEVER, one));
    await Promise.allSettled(known);
    await finish(id);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(looks).toEqual([]);
  });

  test('is told when it is settled, by its message alone', async () => {
    const { finishedRuns, looks, begin, finish, subscribed } = open(SELDOM_MS);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const [id, other] = [await begin(), await begin()];
    const waiting = [finishedRuns.wait(id, NEVER), finishedRuns.wait(id, NEVER)];
    const elsewhere = vi.fn();
    void finishedRuns.wait(other, NEVER).then(elsewhere);
    await until(async () => looks.length === 3);
    await finish(id);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(elsewhere).not.toHaveBeenCalled();
    expect(looks).toHaveLength(3);
  });

  test('is told with the next look if the message was lost', async () => {
    const { finishedRuns, begin, finishInSilence } = open(OFTEN_MS);
    await using _finishedRuns = finishedRuns;
    const id = await begin();
    const waiting = finishedRuns.wait(id, NEVER);
    await finishInSilence(id);
    expect(await waiting).toBe(true);
  });

  test('is told when the connection is back if it was settled meanwhile', async () => {
    await using proxy = await startCuttableProxy(inject('redisUrl'));
    const { finishedRuns, looks, begin, finish, subscribed } = open(SELDOM_MS, proxy.url);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const id = await begin();
    const waiting = finishedRuns.wait(id, NEVER);
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
    const keys = keysOf(`finished-runs-${randomUUID()}`);
    await using finishedRuns = createFinishedRuns(subscriber, keys, isFinished, OFTEN_MS);
    expect(await finishedRuns.wait(randomUUID(), NEVER)).toBe(true);
  });

  test('may give up, and others go on waiting', async () => {
    const { finishedRuns, begin, finish, subscribed } = open(SELDOM_MS);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const id = await begin();
    const leave = new AbortController();
    const [left, stayed] = [finishedRuns.wait(id, leave.signal), finishedRuns.wait(id, NEVER)];
    leave.abort();
    expect(await left).toBe(false);
    await finish(id);
    expect(await stayed).toBe(true);
  });

  test('and had given up before is told so at once', async () => {
    const { finishedRuns, looks, begin, finish } = open(SELDOM_MS);
    await using _finishedRuns = finishedRuns;
    const id = await begin();
    await finish(id);
    expect(await finishedRuns.wait(id, AbortSignal.abort())).toBe(false);
    expect(looks).toEqual([]);
  });

  test('is told that it cannot be known when all is closed', async () => {
    const { finishedRuns, begin } = open(SELDOM_MS);
    const waiting = finishedRuns.wait(await begin(), NEVER);
    await finishedRuns.close();
    expect(await waiting).toBe(false);
  });
});

test('a run that nobody waits for any more is not looked at', async () => {
  const { finishedRuns, looks, begin, finish, subscribed } = open(OFTEN_MS);
  await using _finishedRuns = finishedRuns;
  await subscribed();
  const leave = new AbortController();
  const [told, left, kept] = [await begin(), await begin(), await begin()];
  const waiting = [finishedRuns.wait(told, NEVER), finishedRuns.wait(left, leave.signal)];
  const stop = finishedRuns.subscribe(kept, () => {});
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
  const { finishedRuns, begin, finish, subscribed } = open(SELDOM_MS);
  await using _finishedRuns = finishedRuns;
  await subscribed();
  const id = await begin();
  const early = vi.fn();
  const stop = finishedRuns.subscribe(id, early);
  stop();
  const late = new Promise<void>((resolve) => finishedRuns.subscribe(id, resolve));
  stop();
  await finish(id);
  await late;
  expect(early).not.toHaveBeenCalled();
});
