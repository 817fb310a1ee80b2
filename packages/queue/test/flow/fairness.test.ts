import { graph } from '@codegen/pipeline';
import { defaultReply, type Replies, type Reply, reply } from '@codegen/testing/models/replies';
import { expect, test } from 'vitest';
import { openQueue, type Queue, until } from '../queue.ts';

async function submit(queue: Queue, caller: string, count: number): Promise<string[]> {
  await queue.runs.connected();
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { id } = await queue.runs.submit([{ role: 'user', content: 'hello' }], { caller });
    ids.push(id);
  }
  return ids;
}

const SIMPLE: Replies = { classify: reply('simple') };

/** The callers in the order in which their runs are started by one worker that runs one stage at a time. */
async function orderOfStarts(queue: Queue, callers: Readonly<Record<string, readonly string[]>>) {
  const { models } = await queue.startWorker(SIMPLE, { concurrency: 1 });
  await Promise.all(Object.values(callers).flat().map(queue.finished));
  const starts = models.calls.filter(({ stage }) => stage === 'classify');
  return starts.map(({ run }) => Object.keys(callers).find((caller) => callers[caller]?.includes(run)));
}

const CONCURRENCY = 4;
const WAITING = 100;

test('a caller with many waiting jobs delays the job of another by less than a stage per stage', async () => {
  await using queue = openQueue();
  const many = await submit(queue, 'many', WAITING);
  // The first call of the single job waits until the others run, as a call of a slow model does.
  const slowly =
    (stage: string): Reply =>
    async (call, moments) => {
      await new Promise((resolve) => setImmediate(resolve));
      return defaultReply(stage)(call, moments);
    };
  const replies = Object.fromEntries(graph.names.map((stage) => [stage, slowly(stage)]));
  const { models } = await queue.startWorker(replies, { concurrency: CONCURRENCY });
  await until(async () => models.calls.length >= 20);
  const before = models.calls.length;
  const [single = ''] = await submit(queue, 'single', 1);
  await queue.finished(single);
  const own = models.calls.filter(({ run }) => run === single).length;
  const last = models.calls.findLastIndex(({ run }) => run === single) + 1;
  // The longest path of the complex route has six stages, and the worker runs four stages at a time.
  expect(last - before - own).toBeLessThan((6 + 2) * CONCURRENCY);
  for (const id of many) await queue.runs.cancel(id);
});

test('callers with many waiting jobs take turns, each in the order of its jobs', async () => {
  await using queue = openQueue();
  const a = await submit(queue, 'a', 4);
  const b = await submit(queue, 'b', 4);
  expect(await orderOfStarts(queue, { a, b })).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']);
  const finished = await Promise.all(a.map((id) => queue.run(id)));
  const ends = finished.map(({ finishedAt }) => finishedAt ?? 0);
  expect(ends).toEqual(ends.toSorted((one, other) => one - other));
});

test('a caller with priority 3 gets three jobs per turn', async () => {
  await using queue = openQueue({ limitsOf: (caller) => (caller === 'b' ? { priority: 3 } : {}) });
  const a = await submit(queue, 'a', 3);
  const b = await submit(queue, 'b', 9);
  const order = await orderOfStarts(queue, { a, b });
  expect(order.slice(0, 8).filter((caller) => caller === 'a')).toHaveLength(2);
  expect(order.slice(0, 8).filter((caller) => caller === 'b')).toHaveLength(6);
});

test('a caller whose jobs wait for later turns is not overtaken again and again', async () => {
  await using queue = openQueue();
  const many = await submit(queue, 'many', 6);
  const replies = { classify: reply('simple') };
  const { models } = await queue.startWorker(replies, { concurrency: 1 });
  const busy = async (caller: string) => {
    for (let n = 0; n < 6; n++) for (const id of await submit(queue, caller, 1)) await queue.finished(id);
  };
  await Promise.all([busy('x'), busy('y'), ...many.map(queue.finished)]);
  const starts = models.calls.flatMap(({ stage, run }) => (stage === 'classify' ? [run] : []));
  // Otherwise the twelve jobs of the two others, submitted later, would all precede.
  expect(starts.slice(0, 15).filter((run) => many.includes(run)).length).toBeGreaterThanOrEqual(4);
});

test('turns begin again when no job is open, and cancelled jobs of a caller do not count', async () => {
  await using queue = openQueue();
  const turnOf = async (id: string) => Number(await queue.redis.hget(queue.keys.run(id), 'turn'));
  const first = await submit(queue, 'a', 3);
  expect(await Promise.all(first.map(turnOf))).toEqual([1, 2, 3]);
  const [other = ''] = await submit(queue, 'b', 1);
  expect(await turnOf(other)).toBe(1);
  for (const id of first) await queue.runs.cancel(id);
  const [again = ''] = await submit(queue, 'a', 1);
  expect(await turnOf(again)).toBe(2);
  for (const id of [other, again]) await queue.runs.cancel(id);
  expect(await Promise.all((await submit(queue, 'a', 2)).map(turnOf))).toEqual([1, 2]);
});

test('turns begin again beyond half of their range when no job waits for a later one', async () => {
  await using queue = openQueue();
  const turnOf = async (id: string) => Number(await queue.redis.hget(queue.keys.run(id), 'turn'));
  await submit(queue, 'a', 1);
  await queue.redis.hset(queue.keys.turns, { ':current': 500_001, ':last': 600_000, a: 600_000 });
  const [waits = ''] = await submit(queue, 'a', 1);
  expect(await turnOf(waits)).toBe(600_001);
  await queue.redis.hset(queue.keys.turns, { ':current': 600_001 });
  const [again = ''] = await submit(queue, 'b', 1);
  expect(await turnOf(again)).toBe(1);
  await queue.redis.hset(queue.keys.turns, { ':current': 5, ':last': 1_000_000, b: 1_000_000 });
  const [clamped = ''] = await submit(queue, 'b', 1);
  expect(await turnOf(clamped)).toBe(1_000_000);
});
