import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { connectBlocking } from '../../src/redis/connection.ts';
import { keysOf } from '../../src/redis/keys.ts';
import { createFinishedRuns } from '../../src/runs/finished-runs.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { RETENTION_SECONDS, until } from '../queue.ts';

const NEVER = new AbortController().signal;
const NEVER_POLL_MS = 1_000_000;
const POLL_MS = 10;

const redis = connectBlocking(inject('redisUrl'));
afterAll(() => redis.disconnect());

/** Finished runs in a namespace of their own; `checks` are the ids of the runs that were checked. */
function open(pollMs: number, redisUrl = inject('redisUrl')) {
  const keys = keysOf(`finished-runs-${randomUUID()}`);
  const store = createRunStore(graph, redis, keys, { retentionSeconds: RETENTION_SECONDS });
  const checks: string[] = [];
  const isFinished = async (id: string) => {
    checks.push(id);
    return store.isFinishedOrGone(id);
  };
  return {
    checks,
    finishedRuns: createFinishedRuns(connectBlocking(redisUrl), keys, isFinished, pollMs),
    async begin() {
      const id = randomUUID();
      await store.create(
        { id, conversation: [{ role: 'user', content: 'hello' }], seed: 7, createdAt: 1 },
        { caller: '' },
      );
      return id;
    },
    finish: (id: string) => store.finish(id, { status: 'cancelled' }, 2),
    /** Finishes a run whose message is lost. */
    finishSilently: (id: string) => redis.hset(keys.run(id), 'finishedAt', '1'),
    subscribed: () => until(async () => Number((await redis.pubsub('NUMSUB', keys.finished))[1]) === 1),
  };
}

describe('a wait for a run', () => {
  test('resolves at once when the run is finished', async () => {
    const { finishedRuns, begin, finish } = open(NEVER_POLL_MS);
    await using _finishedRuns = finishedRuns;
    const id = await begin();
    await finish(id);
    expect(await finishedRuns.wait(id, NEVER)).toBe(true);
  });

  test('uses a pending answer instead of a check, and goes on waiting if the run is not finished', async () => {
    const { finishedRuns, checks, begin, finish, subscribed } = open(NEVER_POLL_MS);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const id = await begin();
    expect(await finishedRuns.wait(id, NEVER, Promise.resolve(true))).toBe(true);
    const known = [Promise.resolve(false), Promise.reject(new Error('Redis is unavailable'))];
    const waiting = known.map((one) => finishedRuns.wait(id, NEVER, one));
    await Promise.allSettled(known);
    await finish(id);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(checks).toEqual([]);
  });

  test('resolves on the message of the run, without another check', async () => {
    const { finishedRuns, checks, begin, finish, subscribed } = open(NEVER_POLL_MS);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const [id, other] = [await begin(), await begin()];
    const waiting = [finishedRuns.wait(id, NEVER), finishedRuns.wait(id, NEVER)];
    const elsewhere = vi.fn();
    void finishedRuns.wait(other, NEVER).then(elsewhere);
    await until(async () => checks.length === 3);
    await finish(id);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(elsewhere).not.toHaveBeenCalled();
    expect(checks).toHaveLength(3);
  });

  test('resolves with the next poll if the message was lost', async () => {
    const { finishedRuns, begin, finishSilently } = open(POLL_MS);
    await using _finishedRuns = finishedRuns;
    const id = await begin();
    const waiting = finishedRuns.wait(id, NEVER);
    await finishSilently(id);
    expect(await waiting).toBe(true);
  });

  test('resolves after a reconnection if the run finished meanwhile', async () => {
    await using proxy = await startCuttableProxy(inject('redisUrl'));
    const { finishedRuns, checks, begin, finish, subscribed } = open(NEVER_POLL_MS, proxy.url);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const id = await begin();
    const waiting = finishedRuns.wait(id, NEVER);
    await until(async () => checks.length === 1);
    await proxy.cut();
    await finish(id);
    await proxy.restore();
    expect(await waiting).toBe(true);
  });

  test('resolves as soon as a check succeeds if earlier checks failed', async () => {
    let fails = 3;
    const isFinished = async () => {
      if (fails-- > 0) throw new Error('Redis is unavailable');
      return true;
    };
    const subscriber = connectBlocking(inject('redisUrl'));
    const keys = keysOf(`finished-runs-${randomUUID()}`);
    await using finishedRuns = createFinishedRuns(subscriber, keys, isFinished, POLL_MS);
    expect(await finishedRuns.wait(randomUUID(), NEVER)).toBe(true);
  });

  test('can be aborted without ending other waits', async () => {
    const { finishedRuns, begin, finish, subscribed } = open(NEVER_POLL_MS);
    await using _finishedRuns = finishedRuns;
    await subscribed();
    const id = await begin();
    const abort = new AbortController();
    const [aborted, waiting] = [finishedRuns.wait(id, abort.signal), finishedRuns.wait(id, NEVER)];
    abort.abort();
    expect(await aborted).toBe(false);
    await finish(id);
    expect(await waiting).toBe(true);
  });

  test('resolves false at once when its signal is aborted already', async () => {
    const { finishedRuns, checks, begin, finish } = open(NEVER_POLL_MS);
    await using _finishedRuns = finishedRuns;
    const id = await begin();
    await finish(id);
    expect(await finishedRuns.wait(id, AbortSignal.abort())).toBe(false);
    expect(checks).toEqual([]);
  });

  test('resolves false when the subscription is closed', async () => {
    const { finishedRuns, begin } = open(NEVER_POLL_MS);
    const waiting = finishedRuns.wait(await begin(), NEVER);
    await finishedRuns.close();
    expect(await waiting).toBe(false);
  });
});

test('does not check runs without subscribers', async () => {
  const { finishedRuns, checks, begin, finish, subscribed } = open(POLL_MS);
  await using _finishedRuns = finishedRuns;
  await subscribed();
  const abort = new AbortController();
  const [finished, aborted, kept] = [await begin(), await begin(), await begin()];
  const waiting = [finishedRuns.wait(finished, NEVER), finishedRuns.wait(aborted, abort.signal)];
  const stop = finishedRuns.subscribe(kept, () => {});
  await until(async () => [finished, aborted, kept].every((id) => checks.includes(id)));
  await finish(finished);
  abort.abort();
  expect(await Promise.all(waiting)).toEqual([true, false]);
  checks.length = 0;
  await until(async () => checks.length > 5);
  expect(new Set(checks)).toEqual(new Set([kept]));
  stop();
});

test('an ended subscription is not called, and a later one is', async () => {
  const { finishedRuns, begin, finish, subscribed } = open(NEVER_POLL_MS);
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
