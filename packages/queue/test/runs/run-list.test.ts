import { randomUUID } from 'node:crypto';
import type { Outcome, Route } from '@codegen/pipeline';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { listRuns, type RunFilter } from '../../src/runs/run-list.ts';
import type { RunStore } from '../../src/runs/run-store.ts';
import type { SubmitOptions } from '../../src/runs/submission.ts';
import { openQueue, type Queue } from '../queue.ts';
import { recordOf } from '../record.ts';

let queue: Queue;
let store: RunStore;
/** A different caller for each test. */
let caller: string;
beforeAll(() => {
  queue = openQueue();
  store = queue.createStore();
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(() => {
  caller = randomUUID();
});

async function begin(createdAt: number, about: Partial<SubmitOptions> = {}): Promise<string> {
  const run = {
    id: randomUUID(),
    conversation: [{ role: 'user' as const, content: 'x' }],
    seed: 1,
    createdAt,
  };
  return (await store.create(run, { caller, ...about })).id;
}
const beginAll = (times: readonly number[]) => Promise.all(times.map((time) => begin(time)));
const end = (id: string, outcome: Outcome = { status: 'cancelled' }) => store.finish(id, outcome, 99);

/** Ids of all pages; `between` is called after each page. */
async function pages(filter: RunFilter, most: number, between = async () => {}): Promise<string[][]> {
  const found: string[][] = [];
  let before: Parameters<typeof listRuns>[3] = null;
  do {
    const page = await listRuns({ ...queue, store }, caller, filter, before, most);
    found.push(page.runs.map(({ id }) => id));
    before = page.next;
    await between();
  } while (before !== null);
  return found;
}
const list = async (filter: RunFilter = {}) => (await pages(filter, 100)).flat();

describe('a list', () => {
  test('without runs is one empty page', async () => {
    expect(await pages({}, 5)).toEqual([[]]);
    await begin(1, { caller: randomUUID() });
    expect(await pages({}, 5)).toEqual([[]]);
  });

  test('has the newest run first', async () => {
    const [middle, old, young] = await beginAll([2, 1, 3]);
    expect(await list()).toEqual([young, middle, old]);
  });

  test('has no empty last page', async () => {
    await beginAll([1, 2, 3, 4]);
    expect((await pages({}, 2)).map((page) => page.length)).toEqual([2, 2]);
    expect((await pages({}, 4)).map((page) => page.length)).toEqual([4]);
  });

  test('has every run once for any page size and creation times', async () => {
    const count = inject('redisKind') === 'embedded' ? 10 : 30;
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 130 }),
      fc.integer({ min: 1, max: 60 }),
      async (times, most) => {
        caller = randomUUID();
        const ids = await beginAll(times);
        const placed = ids.map((id, index) => ({ id, time: times[index] ?? 0 }));
        placed.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1));
        const found = await pages({}, most);
        expect(found.flat()).toEqual(placed.map(({ id }) => id));
        expect(found.length).toBe(Math.max(1, Math.ceil(times.length / most)));
      },
    );
    await fc.assert(property, { numRuns: count });
  });

  test('is not affected by runs added and removed between pages', async () => {
    const ids = (await beginAll([1, 1, 1, 2, 2, 2, 3, 3, 3])).slice(0, 6);
    await Promise.all(ids.map((id) => end(id)));
    let time = 3;
    const [gone = ''] = ids;
    const found = await pages({ status: 'cancelled' }, 2, async () => {
      await beginAll([time, ++time]);
      await store.forget(gone, caller, 'finished');
    });
    expect(found.flat().sort()).toEqual(ids.filter((id) => id !== gone).sort());
  });

  test('omits a run that has expired and is not deleted yet', async () => {
    const [first = '', second] = await beginAll([1, 2]);
    await queue.redis.del(queue.keys.run(first));
    expect(await list()).toEqual([second]);
  });
});

describe('a filter', () => {
  test('by time includes both ends', async () => {
    const [, two, three, four] = await beginAll([1, 2, 3, 4, 5]);
    expect(await list({ createdFrom: 2, createdTo: 4 })).toEqual([four, three, two]);
    expect(await list({ createdFrom: 3, createdTo: 3 })).toEqual([three]);
    expect(await list({ createdFrom: 4, createdTo: 3 })).toEqual([]);
    expect(await list({ createdFrom: 6 })).toEqual([]);
    expect(await list({ createdTo: 0 })).toEqual([]);
    expect((await pages({ createdFrom: 2, createdTo: 4 }, 1)).flat()).toEqual([four, three, two]);
  });

  test('by status, route, metadata and key requires all of them', async () => {
    const response = { code: '', steps: { directCode: '' } };
    const completed = (route: Route): Outcome => ({
      status: 'completed',
      route,
      source: 'answer',
      response,
      language: null,
      files: [],
      degraded: [],
    });
    const queued = await begin(1, { metadata: { a: '1' } });
    const running = await begin(2, { metadata: { a: '1', b: '2' } });
    await store.takeRoute(running, 'complex');
    await store.commitStage(running, recordOf('classify', null, { status: 'running', endedAt: null }));
    const simple = await begin(3, { metadata: { a: '2' }, idempotencyKey: 'k' });
    await store.commitStage(simple, recordOf('answer', null));
    expect(await end(simple, completed('simple'))).toBe('finished');
    // The final route counts, not an earlier one.
    const ambiguous = await begin(4);
    await store.takeRoute(ambiguous, 'complex');
    await store.commitStage(ambiguous, recordOf('answer', null));
    expect(await end(ambiguous, completed('ambiguous'))).toBe('finished');
    const cancelled = await begin(5, { metadata: { constructor: '1' } });
    await end(cancelled);

    expect(await list({ status: 'queued' })).toEqual([queued]);
    expect(await list({ status: 'running' })).toEqual([running]);
    expect(await list({ status: 'completed' })).toEqual([ambiguous, simple]);
    expect(await list({ status: 'failed' })).toEqual([]);
    expect(await list({ status: 'cancelled' })).toEqual([cancelled]);
    expect(await list({ route: 'complex' })).toEqual([running]);
    expect(await list({ route: 'ambiguous' })).toEqual([ambiguous]);
    expect(await list({ idempotencyKey: 'k' })).toEqual([simple]);
    expect(await list({ idempotencyKey: '' })).toEqual([]);
    expect(await list({ metadata: { a: '1' } })).toEqual([running, queued]);
    expect(await list({ metadata: { a: '1', b: '2' } })).toEqual([running]);
    expect(await list({ metadata: { constructor: '1' } })).toEqual([cancelled]);
    expect(await list({ metadata: { toString: '' } })).toEqual([]);
    expect(await list({ status: 'completed', route: 'simple', metadata: { a: '2' } })).toEqual([simple]);
    expect(await list({ status: 'completed', route: 'simple', metadata: { a: '1' } })).toEqual([]);
    expect(await list({ status: 'queued', createdFrom: 2 })).toEqual([]);
  });

  // The embedded Redis takes a minute to store as many runs.
  test.skipIf(inject('redisKind') === 'embedded')(
    'that few runs match ends a page early, and the next page continues',
    async () => {
      const oldest = await begin(1);
      await end(oldest);
      await beginAll(Array.from({ length: 1_200 }, (_, index) => 2 + (index % 300)));
      const newest = await begin(400);
      await end(newest);
      const found = await pages({ status: 'cancelled' }, 5);
      expect(found).toEqual([[newest], [oldest]]);
      // A full page also stops reading after the maximum number of runs.
      expect(await pages({ status: 'cancelled' }, 1)).toEqual([[newest], [oldest]]);
    },
  );
});
