import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFlows } from '../src/flow/flow.ts';
import { createMaintenance } from '../src/flow/maintenance.ts';
import { createRunStore, type RunStore } from '../src/jobs/run-store.ts';
import type { SubmitOptions } from '../src/jobs/submission.ts';
import { openQueue, type Queue } from './queue.ts';

const RETENTION_SECONDS = 1_000;
const DAY = 86_400;

let queue: Queue;
let store: RunStore;
/** A caller and an idempotency key of the test's own. */
let caller: string;
let key: string;
beforeAll(() => {
  queue = openQueue();
  store = createRunStore(graph, queue.redis, queue.keys, { retentionSeconds: RETENTION_SECONDS });
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(() => {
  caller = randomUUID();
  key = randomUUID();
});

const submit = (about: Partial<SubmitOptions> = {}, content = 'hello', createdAt = 5) =>
  store.submit(
    { id: randomUUID(), conversation: [{ role: 'user', content }], seed: 7, createdAt },
    { caller, idempotencyKey: key, ...about },
  );
const finish = (id: string) => store.finish(id, { status: 'cancelled' }, 9);
const keyOf = async (id: string) => (await queue.redis.hget(queue.keys.run(id), 'idempotency')) ?? '';

describe('an idempotency key', () => {
  test('stands for no other conversation and no other metadata', async () => {
    const { id } = await submit({ metadata: { a: 'b' } });
    for (const other of [
      submit({ metadata: { a: 'b' } }, 'other'),
      submit({ metadata: { a: 'c' } }),
      submit({ metadata: { a: 'b', c: 'd' } }),
      submit(),
    ])
      expect(await other).toEqual({ id, outcome: 'conflict' });
    expect(await store.idsOf(caller, null, 10)).toEqual([{ id, createdAt: 5 }]);
  });

  test('stands for one run however many ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => submit()));
    expect(all.filter(({ outcome }) => outcome === 'new')).toHaveLength(1);
    expect(all.filter(({ outcome }) => outcome === 'same')).toHaveLength(19);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await store.idsOf(caller, null, 30)).toHaveLength(1);
  });

  test('stands for the same metadata in any order', async () => {
    const { id } = await submit({ metadata: { a: 'b', c: 'd' } });
    expect(await submit({ metadata: { c: 'd', a: 'b' } })).toEqual({ id, outcome: 'same' });
    expect((await submit({ metadata: { a: 'd', c: 'b' } })).outcome).toBe('conflict');
  });

  test('is the caller’s own', async () => {
    const { id } = await submit();
    const other = await submit({ caller: randomUUID() });
    expect(other.outcome).toBe('new');
    expect(other.id).not.toBe(id);
  });

  test('stands for a run that has ended, and for none that is gone', async () => {
    const { id } = await submit();
    await finish(id);
    expect(await submit()).toEqual({ id, outcome: 'same' });
    await queue.redis.del(queue.keys.run(id));
    const next = await submit({}, 'other');
    expect(next.outcome).toBe('new');
    expect(await submit({}, 'other')).toEqual({ id: next.id, outcome: 'same' });
  });

  test('that has expired and was used again is not taken away with its first run', async () => {
    const first = await submit();
    await finish(first.id);
    await queue.redis.del(await keyOf(first.id));
    const second = await submit();
    expect(second.outcome).toBe('new');
    expect(await store.forget(first.id, caller, 'finished')).toBe(true);
    expect(await submit()).toEqual({ id: second.id, outcome: 'same' });
  });

  test('is kept for a day while its run goes on, and no longer than the run after that', async () => {
    const { id } = await submit();
    const name = await keyOf(id);
    expect(await queue.redis.ttl(name)).toBeGreaterThan(DAY - 60);
    await finish(id);
    expect(await queue.redis.ttl(name)).toBeLessThanOrEqual(RETENTION_SECONDS);
    expect(await queue.redis.ttl(name)).toBeGreaterThan(RETENTION_SECONDS - 60);
  });

  test('is not kept longer because its run is', async () => {
    const { id } = await submit();
    const name = await keyOf(id);
    await queue.redis.expire(name, 100);
    await finish(id);
    expect(await queue.redis.ttl(name)).toBeLessThanOrEqual(100);
  });
});

describe('a run under way', () => {
  const join = (content?: string) => submit({ idempotencyKey: null, coalesce: true }, content);

  test('is joined by the same request only', async () => {
    const { id } = await join();
    expect(await join()).toEqual({ id, outcome: 'joined' });
    expect((await join('other')).outcome).toBe('new');
    expect((await submit({ idempotencyKey: null })).outcome).toBe('new');
    expect((await submit({ idempotencyKey: null, coalesce: true, caller: randomUUID() })).outcome).toBe(
      'new',
    );
  });

  test('is not joined by a request that has a key', async () => {
    await join();
    const own = await submit({ coalesce: true });
    expect(own.outcome).toBe('new');
    expect(await submit({ coalesce: true })).toEqual({ id: own.id, outcome: 'same' });
  });

  test('is joined by none when it has ended or is gone', async () => {
    const first = await join();
    await finish(first.id);
    const second = await join();
    expect(second.outcome).toBe('new');
    await store.forget(second.id, caller, 'any');
    const third = await join();
    expect(third.outcome).toBe('new');
    // Those before it are over and take nothing with them.
    await store.forget(first.id, caller, 'finished');
    expect(await join()).toEqual({ id: third.id, outcome: 'joined' });
  });
});

describe('a run is kept', () => {
  test('while it waits and runs, however short a time it is kept afterwards', async () => {
    const { id } = await submit({ coalesce: true, idempotencyKey: null });
    const [underWay = ''] = (await queue.redis.hmget(queue.keys.run(id), 'underWay')).map(String);
    expect(await leftOf(id)).toBeGreaterThan(DAY - 60);
    await store.appendDelta(id, 'classify', 'x', 0);
    for (const name of [queue.keys.run(id), queue.keys.log(id), underWay])
      expect(await queue.redis.ttl(name)).toBeGreaterThan(DAY - 60);
    await finish(id);
    expect(await queue.redis.exists(underWay)).toBe(0);
    for (const name of [queue.keys.run(id), queue.keys.log(id)])
      expect(await queue.redis.ttl(name)).toBeLessThanOrEqual(RETENTION_SECONDS);
    expect(await leftOf(id)).toBeLessThan(RETENTION_SECONDS + 1);
  });

  /** Seconds after which nothing is to be left of it, by the clock of Redis, whatever the clocks of others say. */
  async function leftOf(id: string) {
    const [seconds, microseconds] = (await queue.redis.time()).map(Number) as [number, number];
    const gone = Number(await queue.redis.zscore(queue.keys.expiry, `${id}|${caller}`));
    return gone / 1_000 - seconds - microseconds / 1_000_000;
  }

  test('until it is removed, which only a run that has ended can be', async () => {
    const { id } = await submit();
    expect(await store.forget(id, caller, 'finished')).toBe(false);
    await finish(id);
    expect(await store.forget(id, caller, 'finished')).toBe(true);
    expect(await store.forget(id, caller, 'finished'), 'what is gone need not be removed').toBe(true);
    expect((await submit()).id).not.toBe(id);
  });
});

describe('a request that failed takes its run back', () => {
  test('if nothing came of it', async () => {
    const { id } = await submit();
    expect(await store.forget(id, caller, 'untouched')).toBe(true);
    expect((await submit()).outcome).toBe('new');
  });

  test('but not if it has begun', async () => {
    const { id } = await submit();
    await store.appendDelta(id, 'classify', 'x', 0);
    expect(await store.forget(id, caller, 'untouched')).toBe(false);
  });

  test.each([
    ['the same request', {}],
    ['one that joined', { coalesce: true, idempotencyKey: null }],
  ])('nor if %s was given it meanwhile', async (_, about) => {
    const { id } = await submit(about);
    expect((await submit(about)).id).toBe(id);
    expect(await store.forget(id, caller, 'untouched')).toBe(false);
    expect(await store.load(id)).not.toBeNull();
  });
});

test('of runs whose time is over nothing is left, however many and whoever’s', async () => {
  const mine = await Promise.all(Array.from({ length: 250 }, () => submit({ idempotencyKey: randomUUID() })));
  const odd = 'one|two:three';
  const theirs = await submit({ caller: odd });
  const late = await submit({}, 'hello', 50);
  for (const { id } of [...mine, theirs]) await finish(id);
  // Their hashes have expired by themselves.
  await queue.redis.del(...[...mine, theirs].map(({ id }) => queue.keys.run(id)));
  for (const { id } of mine) await queue.redis.zadd(queue.keys.expiry, 'XX', 1, `${id}|${caller}`);
  await queue.redis.zadd(queue.keys.expiry, 'XX', 1, `${theirs.id}|${odd}`);
  const { redis, keys } = queue;
  const flows = openFlows(graph, redis, keys.prefix, {});
  const maintenance = createMaintenance({ redis, keys, queues: [], store, flows, longestWaitMs: 0 });
  await maintenance.forgetExpired();
  await flows.close();
  expect(await store.idsOf(caller, null, 300)).toEqual([{ id: late.id, createdAt: 50 }]);
  expect(await store.idsOf(odd, null, 10)).toEqual([]);
});
