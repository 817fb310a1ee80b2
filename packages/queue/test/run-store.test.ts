import { randomUUID } from 'node:crypto';
import { graph, type Route, type Settled, type StageRecord } from '@codegen/pipeline';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRunStore, type RunStore } from '../src/jobs/run-store.ts';
import { openQueue, type Queue, RETENTION_SECONDS } from './queue.ts';

let queue: Queue;
let store: RunStore;
let id: string;
beforeAll(() => {
  queue = openQueue();
  store = openRunStore(graph, queue.redis, queue.keys, { retentionSeconds: RETENTION_SECONDS });
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(async () => {
  id = randomUUID();
  await store.submit(
    { id, conversation: [{ role: 'user', content: 'hello' }], seed: 7, createdAt: 1 },
    { caller: '' },
  );
});

const record = (overrides: Partial<StageRecord> = {}): StageRecord => ({
  stage: 'answer',
  status: 'running',
  startedAt: 1,
  endedAt: null,
  retryAt: null,
  calls: [],
  output: null,
  failure: null,
  ...overrides,
});
/** Whether a record was stored. */
const put = async (run: string, stage: StageRecord) => {
  const committed = await store.commit(run, [{ kind: 'stage', record: stage }]);
  return committed !== null && committed !== 'lost' && committed.inTime;
};
const take = (run: string, route: Route) => store.commit(run, [{ kind: 'route', route }]);
const ended = (endedAt: number) => record({ status: 'completed', endedAt });
const cancelled: Settled = { status: 'cancelled' };
const failed: Settled = { status: 'failed', stage: 'answer', code: 'internal', detail: '', degraded: [] };

describe('a run that is gone', () => {
  const GONE = randomUUID();

  test.each([
    ['a stage that runs', () => put(GONE, record())],
    ['a stage that has ended', () => put(GONE, ended(2))],
    ['a route', () => take(GONE, 'simple')],
    ['an ending', () => store.settle(GONE, cancelled, 2)],
  ])('is not brought back by %s', async (_, write) => {
    expect(await write()).toBeFalsy();
    expect(await queue.redis.exists(queue.keys.run(GONE))).toBe(0);
  });

  test('is nothing to read', async () => {
    await store.forget(id, '', 'any');
    expect(await store.load(id)).toBeNull();
    expect(await store.isSettled(id)).toBe(false);
  });
});

describe('a stage', () => {
  test('is written until it has ended, and then stays as it is', async () => {
    expect(await put(id, record())).toBe(true);
    expect(await put(id, record({ status: 'retrying', retryAt: 2 }))).toBe(true);
    expect(await put(id, ended(3))).toBe(true);
    expect(await put(id, ended(4))).toBe(false);
    expect(await put(id, record())).toBe(false);
    expect((await store.load(id))?.stages).toEqual({ answer: ended(3) });
  });

  test('ends once however many say so at the same time', async () => {
    const times = Array.from({ length: 20 }, (_, i) => i);
    const stored = await Promise.all(times.map((time) => put(id, ended(time))));
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect((await store.load(id))?.stages.answer?.endedAt).toBe(stored.indexOf(true));
  });

  test('does not end another one', async () => {
    await put(id, ended(3));
    expect(await put(id, { ...record(), stage: 'polish' })).toBe(true);
  });
});

describe('a run', () => {
  test('is settled once however many say so at the same time', async () => {
    const ways = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? cancelled : failed));
    const settled = await Promise.all(ways.map((way, i) => store.settle(id, way, i)));
    expect(settled.filter(Boolean)).toHaveLength(1);
    const winner = settled.indexOf(true);
    expect(await store.load(id)).toMatchObject({ settled: ways[winner], settledAt: winner });
    expect(await store.isSettled(id)).toBe(true);
  });

  test('is kept for the retention time, from its beginning and anew from its end', async () => {
    const key = queue.keys.run(id);
    expect(await queue.redis.ttl(key)).toBeGreaterThan(RETENTION_SECONDS - 60);
    await queue.redis.expire(key, 100);
    await put(id, ended(2));
    expect(await queue.redis.ttl(key)).toBeLessThanOrEqual(100);
    await store.settle(id, cancelled, 3);
    expect(await queue.redis.ttl(key)).toBeGreaterThan(RETENTION_SECONDS - 60);
  });

  test('takes the route that was taken last', async () => {
    await take(id, 'complex');
    await take(id, 'simple');
    expect((await store.load(id))?.route).toBe('simple');
  });

  test('comes back as it was written, whatever the text', async () => {
    const property = fc.asyncProperty(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.nat(),
      async (content, seed) => {
        const run = {
          id: randomUUID(),
          conversation: [{ role: 'user' as const, content }],
          seed,
          createdAt: 5,
        };
        await store.submit(run, { caller: '' });
        expect(await store.load(run.id)).toMatchObject({
          ...run,
          route: null,
          stages: {},
          settled: null,
          settledAt: null,
        });
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });
});

test('a model is held back until the later of two times', async () => {
  await store.hold('m', 20);
  await store.hold('m', 10);
  expect(await queue.redis.hget(queue.keys.holds, 'm')).toBe('20');
  await store.hold('m', 30);
  expect(await queue.redis.hget(queue.keys.holds, 'm')).toBe('30');
});

test('a commit of one who knows of more events than Redis is refused: something was lost', async () => {
  const by = { writer: 'a job', mark: '1' };
  const change = { kind: 'stage', record: ended(2) } as const;
  expect(await store.commit(id, [change], by, 1)).toBe('lost');
  expect((await store.load(id))?.stages).toEqual({});
  expect(await store.commit(id, [change], by, 0)).toMatchObject({ events: 1, inTime: true });
  expect(await store.commit(id, [change], by, 1)).toMatchObject({ events: 1, inTime: true });
});
