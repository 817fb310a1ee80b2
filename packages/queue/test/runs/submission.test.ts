import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createFlows } from '../../src/flow/flow.ts';
import { createMaintenance } from '../../src/flow/maintenance.ts';
import type { RunStore } from '../../src/runs/run-store.ts';
import type { SubmitOptions } from '../../src/runs/submission.ts';
import { openQueue, type Queue } from '../queue.ts';

const RETENTION_SECONDS = 1_000;
const DAY = 86_400;

let queue: Queue;
let store: RunStore;
/** A different caller and idempotency key for each test. */
let caller: string;
let key: string;
beforeAll(() => {
  queue = openQueue();
  store = queue.createStore({ retentionSeconds: RETENTION_SECONDS });
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(() => {
  caller = randomUUID();
  key = randomUUID();
});

const submit = (about: Partial<SubmitOptions> = {}, content = 'hello', createdAt = 5) =>
  store.create(
    { id: randomUUID(), conversation: [{ role: 'user', content }], seed: 7, createdAt },
    { caller, idempotencyKey: key, ...about },
  );
const finish = (id: string) => store.finish(id, { status: 'cancelled' }, 9);
const keyOf = async (id: string) => (await queue.redis.hget(queue.keys.run(id), 'idempotency')) ?? '';

describe('an idempotency key', () => {
  test('conflicts for another conversation or other metadata', async () => {
    const { id } = await submit({ metadata: { a: 'b' } });
    for (const other of [
      submit({ metadata: { a: 'b' } }, 'other'),
      submit({ metadata: { a: 'c' } }),
      submit({ metadata: { a: 'b', c: 'd' } }),
      submit(),
    ])
      expect(await other).toEqual({ id, kind: 'conflict' });
    expect(await queue.idsOf(caller)).toEqual([id]);
  });

  test.each<[string, Partial<SubmitOptions>, Partial<SubmitOptions>]>([
    ['another webhook', { webhook: 'https://a.example/' }, { webhook: 'https://b.example/' }],
    ['no webhook', { webhook: 'https://a.example/' }, {}],
    ['another deadline', { options: { deadlineSeconds: 60 } }, { options: { deadlineSeconds: 61 } }],
    ['no deadline', { options: { deadlineSeconds: 60 } }, {}],
  ])('conflicts for %s', async (_, first, second) => {
    const { id } = await submit(first);
    expect(await submit(second)).toEqual({ id, kind: 'conflict' });
    expect(await submit(first)).toEqual({ id, kind: 'replayed' });
  });

  test('starts one run for concurrent requests', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => submit()));
    expect(all.filter(({ kind }) => kind === 'new')).toHaveLength(1);
    expect(all.filter(({ kind }) => kind === 'replayed')).toHaveLength(19);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await queue.idsOf(caller)).toHaveLength(1);
  });

  test('matches the same metadata in any order', async () => {
    const { id } = await submit({ metadata: { a: 'b', c: 'd' } });
    expect(await submit({ metadata: { c: 'd', a: 'b' } })).toEqual({ id, kind: 'replayed' });
    expect((await submit({ metadata: { a: 'd', c: 'b' } })).kind).toBe('conflict');
  });

  test('belongs to its caller', async () => {
    const { id } = await submit();
    const other = await submit({ caller: randomUUID() });
    expect(other.kind).toBe('new');
    expect(other.id).not.toBe(id);
  });

  test('returns a finished run, and starts a new one if that is gone', async () => {
    const { id } = await submit();
    await finish(id);
    expect(await submit()).toEqual({ id, kind: 'replayed' });
    await queue.redis.del(queue.keys.run(id));
    const next = await submit({}, 'other');
    expect(next.kind).toBe('new');
    expect(await submit({}, 'other')).toEqual({ id: next.id, kind: 'replayed' });
  });

  test('used again after its expiry is not deleted with its first run', async () => {
    const first = await submit();
    await finish(first.id);
    await queue.redis.del(await keyOf(first.id));
    const second = await submit();
    expect(second.kind).toBe('new');
    expect(await store.forget(first.id, caller, 'finished')).toBe(true);
    expect(await submit()).toEqual({ id: second.id, kind: 'replayed' });
  });

  test('is kept for a day while its run is open, and then no longer than the run', async () => {
    const { id } = await submit();
    const name = await keyOf(id);
    expect(await queue.redis.ttl(name)).toBeGreaterThan(DAY - 60);
    await finish(id);
    expect(await queue.redis.ttl(name)).toBeLessThanOrEqual(RETENTION_SECONDS);
    expect(await queue.redis.ttl(name)).toBeGreaterThan(RETENTION_SECONDS - 60);
  });

  test('is not kept longer because its run is kept', async () => {
    const { id } = await submit();
    const name = await keyOf(id);
    await queue.redis.expire(name, 100);
    await finish(id);
    expect(await queue.redis.ttl(name)).toBeLessThanOrEqual(100);
  });
});

describe('a run in flight', () => {
  const join = (content?: string) => submit({ idempotencyKey: null, coalesce: true }, content);

  test('is joined by identical requests of its caller only', async () => {
    const { id } = await join();
    expect(await join()).toEqual({ id, kind: 'coalesced' });
    expect((await join('other')).kind).toBe('new');
    expect((await submit({ idempotencyKey: null })).kind).toBe('new');
    expect((await submit({ idempotencyKey: null, coalesce: true, caller: randomUUID() })).kind).toBe('new');
  });

  test('is not joined by a request with an idempotency key', async () => {
    await join();
    const own = await submit({ coalesce: true });
    expect(own.kind).toBe('new');
    expect(await submit({ coalesce: true })).toEqual({ id: own.id, kind: 'replayed' });
  });

  test('is not joined after it has finished or was deleted', async () => {
    const first = await join();
    await finish(first.id);
    const second = await join();
    expect(second.kind).toBe('new');
    await store.forget(second.id, caller, 'any');
    const third = await join();
    expect(third.kind).toBe('new');
    // Deleting an earlier run does not affect the run in flight.
    await store.forget(first.id, caller, 'finished');
    expect(await join()).toEqual({ id: third.id, kind: 'coalesced' });
  });
});

test('a run in flight whose hash is gone is replaced by a new run', async () => {
  const join = () => submit({ idempotencyKey: null, coalesce: true });
  const first = await join();
  await queue.redis.del(queue.keys.run(first.id));
  const second = await join();
  expect(second.kind).toBe('new');
  expect(await queue.redis.exists(queue.keys.run(first.id))).toBe(0);
  expect(await join()).toEqual({ id: second.id, kind: 'coalesced' });
});

describe('a run is kept', () => {
  test('for a day while it is open, however short the retention is', async () => {
    const { id } = await submit({ coalesce: true, idempotencyKey: null });
    const [inFlight = ''] = (await queue.redis.hmget(queue.keys.run(id), 'inFlight')).map(String);
    expect(await leftOf(id)).toBeGreaterThan(DAY - 60);
    await store.appendDelta(id, 'classify', 'x', 0);
    for (const name of [queue.keys.run(id), queue.keys.eventStream(id), inFlight])
      expect(await queue.redis.ttl(name)).toBeGreaterThan(DAY - 60);
    await finish(id);
    expect(await queue.redis.exists(inFlight)).toBe(0);
    for (const name of [queue.keys.run(id), queue.keys.eventStream(id)])
      expect(await queue.redis.ttl(name)).toBeLessThanOrEqual(RETENTION_SECONDS);
    expect(await leftOf(id)).toBeLessThan(RETENTION_SECONDS + 1);
  });

  /** Seconds until everything of a run is deleted, by the clock of Redis. */
  async function leftOf(id: string) {
    const [seconds, microseconds] = (await queue.redis.time()).map(Number) as [number, number];
    const gone = Number(await queue.redis.zscore(queue.keys.expiry, `${id}|${caller}`));
    return gone / 1_000 - seconds - microseconds / 1_000_000;
  }

  test('until it is removed, which requires that it has finished', async () => {
    const { id } = await submit();
    expect(await store.forget(id, caller, 'finished')).toBe(false);
    await finish(id);
    expect(await store.forget(id, caller, 'finished')).toBe(true);
    expect(await store.forget(id, caller, 'finished'), 'a run that is gone').toBe(true);
    expect((await submit()).id).not.toBe(id);
  });
});

describe('a failed request removes its run', () => {
  test('if it has not started', async () => {
    const { id } = await submit();
    expect(await store.forget(id, caller, 'untouched')).toBe(true);
    expect((await submit()).kind).toBe('new');
  });

  test('but not if it has started', async () => {
    const { id } = await submit();
    await store.appendDelta(id, 'classify', 'x', 0);
    expect(await store.forget(id, caller, 'untouched')).toBe(false);
  });

  test.each([
    ['the same request', {}],
    ['one that joined', { coalesce: true, idempotencyKey: null }],
  ])('nor if %s received it meanwhile', async (_, about) => {
    const { id } = await submit(about);
    expect((await submit(about)).id).toBe(id);
    expect(await store.forget(id, caller, 'untouched')).toBe(false);
    expect(await store.load(id)).not.toBeNull();
  });
});

test('maintenance deletes everything of expired runs, for any number of runs and any caller', async () => {
  const mine = await Promise.all(Array.from({ length: 250 }, () => submit({ idempotencyKey: randomUUID() })));
  const odd = 'one|two:three';
  const theirs = await submit({ caller: odd });
  const late = await submit({}, 'hello', 50);
  for (const { id } of [...mine, theirs]) await finish(id);
  // Their hashes have expired.
  await queue.redis.del(...[...mine, theirs].map(({ id }) => queue.keys.run(id)));
  for (const { id } of mine) await queue.redis.zadd(queue.keys.expiry, 'XX', 1, `${id}|${caller}`);
  await queue.redis.zadd(queue.keys.expiry, 'XX', 1, `${theirs.id}|${odd}`);
  const { redis, keys } = queue;
  const flows = createFlows(graph, redis, keys.prefix, {});
  const maintenance = createMaintenance({ redis, keys, queues: [], store, flows, longestWaitMs: 0 });
  await maintenance.forgetExpired();
  await flows.close();
  expect(await queue.idsOf(caller)).toEqual([late.id]);
  expect(await queue.idsOf(odd)).toEqual([]);
});
