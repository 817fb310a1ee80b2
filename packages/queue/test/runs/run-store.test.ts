import { randomUUID } from 'node:crypto';
import { type Call, NO_USAGE, type Outcome, type RunEvent, type StageRecord } from '@codegen/pipeline';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunStore } from '../../src/runs/run-store.ts';
import { openQueue, type Queue, RETENTION_SECONDS } from '../queue.ts';

let queue: Queue;
let store: RunStore;
let id: string;
beforeAll(() => {
  queue = openQueue();
  store = queue.createStore();
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(async () => {
  id = randomUUID();
  await store.create(
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
const ended = (endedAt: number, more: Partial<StageRecord> = {}) =>
  record({ status: 'completed', endedAt, ...more });
const call = (cost: number | null): Call => ({
  ...NO_USAGE,
  model: 'main',
  startedAt: 1,
  durationMs: 4,
  failure: null,
  cost,
});
const cancelled: Outcome = { status: 'cancelled' };
const failed: Outcome = { status: 'failed', stage: 'answer', code: 'internal', detail: '', degraded: [] };
const completed: Outcome = {
  status: 'completed',
  route: 'simple',
  source: 'answer',
  response: { code: 'x', steps: { directCode: 'x' } },
  language: null,
  files: [],
  degraded: [],
};

const eventsOf = async (run: string): Promise<RunEvent[]> => {
  const entries = await queue.redis.xrange(queue.keys.eventStream(run), '-', '+');
  return entries.map(([, fields]) => JSON.parse(fields[1] ?? ''));
};
const typesOf = async (run: string) => (await eventsOf(run)).map(({ type }) => type);
const costOfRun = async (run: string) => (await store.load(run))?.cost;

describe('a run that is gone', () => {
  const GONE = randomUUID();

  test.each([
    ['a stage that runs', () => store.commitStage(GONE, record()), 'gone'],
    [
      'a stage that has ended',
      () => store.commitStage(GONE, ended(2), { text: 'x', route: 'simple' }),
      'gone',
    ],
    ['a delta', () => store.appendDelta(GONE, 'answer', 'x', 0), undefined],
    ['a route', () => store.takeRoute(GONE, 'simple'), undefined],
    ['an outcome', () => store.finish(GONE, cancelled, 2), 'already-finished'],
  ])('is not created again by %s', async (_, write, outcome) => {
    expect(await write()).toBe(outcome);
    expect((await queue.names()).filter((name) => name.includes(GONE))).toEqual([]);
  });

  test('is not found', async () => {
    await store.forget(id, '', 'any');
    expect(await store.load(id)).toBeNull();
    expect(await store.isFinishedOrGone(id)).toBe(true);
  });
});

describe('a stage', () => {
  test('is overwritten until it has ended, and then stays', async () => {
    expect(await store.commitStage(id, record())).toBe('committed');
    expect(await store.commitStage(id, record({ status: 'retrying', retryAt: 2 }))).toBe('committed');
    expect(await store.commitStage(id, ended(3))).toBe('committed');
    expect(await store.commitStage(id, ended(4))).toBe('superseded');
    expect(await store.commitStage(id, record())).toBe('superseded');
    expect((await store.load(id))?.stages).toEqual({ answer: ended(3) });
    expect(await typesOf(id)).toEqual(['stage.started', 'stage.retrying', 'stage.completed']);
  });

  test('ends once when 20 ended records are written concurrently', async () => {
    const times = Array.from({ length: 20 }, (_, i) => i);
    const outcomes = await Promise.all(times.map((time) => store.commitStage(id, ended(time))));
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'superseded')).toHaveLength(19);
    expect((await store.load(id))?.stages.answer?.endedAt).toBe(outcomes.indexOf('committed'));
    expect(await typesOf(id)).toEqual(['stage.completed']);
  });

  test('does not end another stage', async () => {
    await store.commitStage(id, ended(3));
    expect(await store.commitStage(id, record({ stage: 'polish' }))).toBe('committed');
  });

  test.each([
    ['that runs', record({ calls: [call(null)] }), ['stage.started']],
    ['that has ended', ended(3, { calls: [call(0.5)] }), ['stage.delta', 'stage.completed', 'job.routed']],
  ])('%s is written once when its record is sent twice', async (_, sent, types) => {
    const more = sent.endedAt === null ? {} : ({ text: 'the end', route: 'simple' } as const);
    expect(await store.commitStage(id, sent, more)).toBe('committed');
    const before = await queue.redis.hgetall(queue.keys.run(id));
    expect(await store.commitStage(id, sent, more)).toBe('committed');
    expect(await queue.redis.hgetall(queue.keys.run(id))).toEqual(before);
    expect(await typesOf(id)).toEqual(types);
  });

  test('appends the end of its text, its end and the route that follows, in this order', async () => {
    const output = { kind: 'route', route: 'complex' } as const;
    const classified = ended(3, { stage: 'classify', output });
    expect(await store.commitStage(id, classified, { text: 'complex', route: 'complex' })).toBe('committed');
    expect(await eventsOf(id)).toMatchObject([
      { type: 'stage.delta', stage: 'classify', text: 'complex' },
      { type: 'stage.completed', stage: 'classify' },
      { type: 'job.routed', route: 'complex' },
    ]);
    expect(await store.load(id)).toMatchObject({ route: 'complex', lastEvent: 3 });
  });

  test('counts the cost of each call once, in however many records it appears', async () => {
    const retrying = record({ status: 'retrying', retryAt: 2, calls: [call(0.5)] });
    await store.commitStage(id, record({ calls: [call(null)] }));
    expect(await costOfRun(id)).toBeNull();
    await store.commitStage(id, retrying);
    expect(await costOfRun(id)).toBe(0.5);
    await store.commitStage(id, { ...retrying, retryAt: 9 });
    await store.commitStage(id, record({ calls: [call(0.5), call(null)] }));
    expect(await costOfRun(id)).toBe(0.5);
    await store.commitStage(id, ended(3, { calls: [call(0.5), call(0.25)] }));
    await store.commitStage(id, ended(4, { calls: [call(0.5), call(0.125)] }));
    expect(await costOfRun(id)).toBe(0.75);
    await store.commitStage(id, ended(5, { stage: 'polish', calls: [call(1)] }));
    expect(await costOfRun(id)).toBe(1.75);
  });
});

describe('a delta', () => {
  test('is appended once when it is sent twice', async () => {
    await store.appendDelta(id, 'answer', 'a', 0);
    await store.appendDelta(id, 'answer', 'a', 0);
    await store.appendDelta(id, 'answer', 'a', 1);
    expect(await eventsOf(id)).toEqual(
      ['a', 'a'].map((text) => ({ type: 'stage.delta', stage: 'answer', text })),
    );
    expect((await store.load(id))?.lastEvent).toBe(2);
  });

  test('of one stage is independent of those of another stage', async () => {
    await store.appendDelta(id, 'generate.direct', 'a', 0);
    await store.appendDelta(id, 'interpret', 'b', 0);
    expect(await typesOf(id)).toEqual(['stage.delta', 'stage.delta']);
  });
});

describe('a run', () => {
  test('finishes once when 20 outcomes are written concurrently', async () => {
    const outcomes = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? cancelled : failed));
    const replies = await Promise.all(outcomes.map((outcome, i) => store.finish(id, outcome, i)));
    expect(replies.filter((reply) => reply === 'finished')).toHaveLength(1);
    expect(replies.filter((reply) => reply === 'already-finished')).toHaveLength(19);
    const winner = replies.indexOf('finished');
    expect(await store.load(id)).toMatchObject({ outcome: outcomes[winner], finishedAt: winner });
    expect(await store.isFinishedOrGone(id)).toBe(true);
    expect(await typesOf(id)).toEqual(['job.finished']);
  });

  test('does not finish with an outcome that refers to a record Redis has lost', async () => {
    await store.commitStage(id, record());
    const before = await queue.redis.hgetall(queue.keys.run(id));
    expect(await store.finish(id, completed, 3)).toBe('lost');
    expect(await queue.redis.hgetall(queue.keys.run(id))).toEqual(before);
    expect(await store.isFinishedOrGone(id)).toBe(false);
    expect(await typesOf(id)).toEqual(['stage.started']);
    await store.commitStage(id, ended(2));
    expect(await store.finish(id, completed, 3)).toBe('finished');
  });

  test.each(['generate.direct', 'enhance.interpreted'])(
    'does not finish with an outcome whose step of %s Redis has lost',
    async (stage) => {
      const steps = { directCode: 'x', enhancedInterpretedCode: 'y', bestImplementation: '' };
      const outcome = {
        ...completed,
        route: 'complex',
        source: 'polish',
        response: { code: 'z', steps },
      } as const;
      // `compare` has no text in the response: its record is not needed.
      for (const name of ['polish', 'generate.direct', 'enhance.interpreted'])
        if (name !== stage) await store.commitStage(id, ended(2, { stage: name }));
      expect(await store.finish(id, outcome, 3)).toBe('lost');
      await store.commitStage(id, ended(2, { stage }));
      expect(await store.finish(id, outcome, 3)).toBe('finished');
    },
  );

  test('appends no events after its end, but counts the cost of late calls', async () => {
    await store.commitStage(id, record({ calls: [call(null)] }));
    await store.finish(id, cancelled, 3);
    const { lastEvent } = (await store.load(id)) ?? {};
    const late = ended(4, { status: 'cancelled', calls: [call(0.5)] });
    expect(await store.commitStage(id, late, { text: 'late' })).toBe('committed');
    await store.appendDelta(id, 'answer', 'late', 9);
    await store.takeRoute(id, 'simple');
    expect(await store.finish(id, failed, 5)).toBe('already-finished');
    expect(await store.load(id)).toMatchObject({
      outcome: cancelled,
      finishedAt: 3,
      route: null,
      cost: 0.5,
      lastEvent,
      stages: { answer: { status: 'cancelled' } },
    });
    expect(await typesOf(id)).toEqual(['stage.started', 'job.finished']);
  });

  test('is kept for the retention time from its creation and again from its end', async () => {
    const key = queue.keys.run(id);
    expect(await queue.redis.ttl(key)).toBeGreaterThan(RETENTION_SECONDS - 60);
    await queue.redis.expire(key, 100);
    await store.commitStage(id, ended(2));
    expect(await queue.redis.ttl(key)).toBeLessThanOrEqual(100);
    await store.finish(id, cancelled, 3);
    expect(await queue.redis.ttl(key)).toBeGreaterThan(RETENTION_SECONDS - 60);
  });

  test.each([
    ['a record', () => store.commitStage(id, record())],
    ['a delta', () => store.appendDelta(id, 'answer', 'x', 0)],
    ['a route', () => store.takeRoute(id, 'simple')],
  ])('has a stream that expires with it, created by %s', async (_, write) => {
    await write();
    const [run, log] = await Promise.all([
      queue.redis.pttl(queue.keys.run(id)),
      queue.redis.pttl(queue.keys.eventStream(id)),
    ]);
    expect(Math.abs(run - log)).toBeLessThan(1_000);
  });

  test('has the route taken last, with one event per route', async () => {
    await store.takeRoute(id, 'complex');
    await store.takeRoute(id, 'complex');
    await store.takeRoute(id, 'simple');
    expect((await store.load(id))?.route).toBe('simple');
    expect(await eventsOf(id)).toEqual([
      { type: 'job.routed', route: 'complex' },
      { type: 'job.routed', route: 'simple' },
    ]);
  });

  test('is read as it was written, for any text', async () => {
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
        await store.create(run, { caller: '' });
        expect(await store.load(run.id)).toMatchObject({
          ...run,
          route: null,
          stages: {},
          outcome: null,
          finishedAt: null,
        });
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });
});
