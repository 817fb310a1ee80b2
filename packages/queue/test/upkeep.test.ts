import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import { describe, expect, test } from 'vitest';
import { scriptModels } from '../../../test/conformance/models.ts';
import { fails, says, writes } from '../../../test/conformance/replies.ts';
import { startConsumer } from '../src/index.ts';
import { openRunStore } from '../src/jobs/run-store.ts';
import { ANONYMOUS } from '../src/jobs/submission.ts';
import { openQueue, type Queue, RETENTION_SECONDS, until } from './queue.ts';

const AN_HOUR_MS = 3_600_000;

const isChecked = (queue: Queue) => async () => !(await queue.names()).includes('unchecked');

describe('workers see to a run', () => {
  /** A run as its API leaves it when it dies before the run is queued, long ago. */
  async function taken({ redis, keys }: Queue) {
    const store = openRunStore(graph, redis, keys, { retentionSeconds: RETENTION_SECONDS });
    const run = { id: randomUUID(), conversation: fromQuery('hello'), seed: 1, createdAt: Date.now() };
    await store.submit(run, ANONYMOUS);
    await redis.zadd(keys.unchecked, 'XX', 1, run.id);
    return { id: run.id, store };
  }

  test('that was taken but never queued: they queue it', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const { id } = await taken(queue);
    await queue.startWorker();
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', degraded: [] });
    await until(isChecked(queue));
  });

  test('that has begun but lost its job: they queue it, and what was done is not done again', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const { id, store } = await taken(queue);
    const output = { kind: 'route', route: 'simple' } as const;
    const ended = { startedAt: 1, endedAt: 2, retryAt: null, calls: [], failure: null };
    await store.commit(id, [
      { kind: 'stage', record: { stage: 'classify', status: 'completed', output, ...ended } },
    ]);
    const { models } = await queue.startWorker();
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', route: 'simple' });
    expect(models.asked.map(({ stage }) => stage)).toEqual(['answer']);
  });

  test('that its API took back: they leave it', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const { id, store } = await taken(queue);
    await store.forget(id, ANONYMOUS.caller, 'untouched');
    const { models } = await queue.startWorker();
    await until(isChecked(queue));
    expect(models.asked).toEqual([]);
  });

  test('only once, and not at all if it has ended by then', async () => {
    await using queue = openQueue();
    const id = await queue.begin();
    expect(await isChecked(queue)()).toBe(false);
    const { models } = await queue.startWorker({ classify: says('simple') });
    await queue.settled(id);
    expect(await isChecked(queue)()).toBe(true);
    expect(models.asked).toHaveLength(2);
  });
});

test.each([
  ['ahead', AN_HOUR_MS],
  ['behind', -AN_HOUR_MS],
])(
  'a stage that a worker put off by a clock an hour %s is taken up by the others all the same',
  async (_, skew) => {
    await using queue = openQueue({ janitorMs: 100 });
    const busy = fails({ intent: 'retry', code: 'overloaded', retryAfterMs: 1_000 });
    const models = scriptModels({ classify: says('simple'), answer: busy });
    const employer = { ...models, now: () => Date.now() + skew, random: Math.random };
    const skewed = await startConsumer(graph, employer, { ...queue.options, report: () => {} });
    const id = await queue.begin();
    await until(async () => (await queue.run(id)).stages.answer?.status === 'retrying');
    await skewed.close();
    await queue.startWorker({ answer: writes });
    expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', degraded: [] });
  },
);
