import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunStore } from '../../src/runs/run-store.ts';
import { openQueue, type Queue } from '../queue.ts';

const DAY = 86_400;

let queue: Queue;
/** Limits: three open runs, two per caller. */
let store: RunStore;
beforeAll(() => {
  queue = openQueue();
});
beforeEach(async () => {
  await queue.redis.del(queue.keys.open, queue.keys.openOf('alice'), queue.keys.openOf('bob'));
  const limits = { retentionSeconds: 1_000, maxOpen: 3, maxOpenOfCaller: 2 };
  store = queue.createStore(limits);
});
afterAll(() => queue[Symbol.asyncDispose]());

const submit = (caller: string, more: object = {}, content: string = randomUUID()) =>
  store.create(
    { id: randomUUID(), conversation: [{ role: 'user', content }], seed: 7, createdAt: 5 },
    { caller, ...more },
  );
const outcome = async (caller: string) => (await submit(caller)).kind;
const finish = (id: string) => store.finish(id, { status: 'cancelled' }, 9);

test('concurrent requests of a caller start no more runs than its limit', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => outcome('alice')));
  expect(all.toSorted()).toEqual([...Array(8).fill('caller-limit-reached'), 'new', 'new']);
  expect(await outcome('bob')).toBe('new');
});

test('all callers together start no more runs than the limit', async () => {
  expect([await outcome('alice'), await outcome('alice'), await outcome('bob')]).toEqual(
    Array(3).fill('new'),
  );
  expect(await submit('bob')).toEqual({ id: '', kind: 'full' });
  expect(await queue.idsOf('bob')).toHaveLength(2);
});

test('a rejected request stores nothing, not even its idempotency key', async () => {
  await submit('alice');
  const { id } = await submit('alice');
  const before = await queue.names();
  const key = { idempotencyKey: randomUUID() };
  expect(await submit('alice', key, 'x')).toEqual({ id: '', kind: 'caller-limit-reached' });
  expect(await submit('alice', { coalesce: true }, 'x')).toEqual({ id: '', kind: 'caller-limit-reached' });
  expect(await queue.names()).toEqual(before);
  await finish(id);
  expect((await submit('alice', key, 'x')).kind).toBe('new');
});

test('requests for existing runs are not limited', async () => {
  const key = { idempotencyKey: randomUUID() };
  const first = await submit('alice', key, 'x');
  const second = await submit('alice', { coalesce: true }, 'y');
  expect(await submit('alice', key, 'x')).toEqual({ id: first.id, kind: 'replayed' });
  expect(await submit('alice', { coalesce: true }, 'y')).toEqual({ id: second.id, kind: 'coalesced' });
});

test.each<[string, (id: string) => Promise<unknown>]>([
  ['ended', finish],
  ['ended twice', async (id) => [await finish(id), await finish(id)]],
  ['been deleted', (id) => store.forget(id, 'alice', 'any')],
  ['been removed before it started', (id) => store.forget(id, 'alice', 'untouched')],
])('a run that has %s frees a slot', async (_, end) => {
  const { id } = await submit('alice');
  await submit('alice');
  await end(id);
  expect([await outcome('alice'), await outcome('alice')]).toEqual(['new', 'caller-limit-reached']);
});

test('a run that expired without an outcome frees its slot', async () => {
  const [first, second] = [await submit('alice'), await submit('alice')];
  const { open, openOf } = queue.keys;
  for (const set of [open, openOf('alice')]) {
    const now = Number((await queue.redis.time())[0]);
    const until = Number(await queue.redis.zscore(set, first.id));
    expect(until - now).toBeGreaterThan(DAY - 60);
    expect(until - now).toBeLessThanOrEqual(DAY);
    expect(await queue.redis.ttl(set)).toBeLessThanOrEqual(DAY);
    await queue.redis.zadd(set, now - 1, first.id);
  }
  expect([await outcome('alice'), await outcome('alice')]).toEqual(['new', 'caller-limit-reached']);
  expect(await queue.redis.zscore(openOf('alice'), second.id)).not.toBeNull();
});

test('without a limit per caller the open runs of each caller are stored for its turns', async () => {
  store = queue.createStore({ retentionSeconds: 1_000 });
  for (const _ of [1, 2, 3, 4]) expect(await outcome('alice')).toBe('new');
  expect(await queue.redis.zcard(queue.keys.open)).toBe(4);
  expect(await queue.redis.zcard(queue.keys.openOf('alice'))).toBe(4);
});
