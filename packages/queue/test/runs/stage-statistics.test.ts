import { randomUUID } from 'node:crypto';
import { graph, NO_USAGE, type StageRecord } from '@codegen/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunStore } from '../../src/runs/run-store.ts';
import { openQueue, type Queue, RETENTION_SECONDS } from '../queue.ts';

let queue: Queue;
let store: RunStore;
beforeAll(async () => {
  queue = openQueue();
  await queue.runs.connected();
  store = queue.createStore();
});
afterAll(() => queue[Symbol.asyncDispose]());

const call = { ...NO_USAGE, model: 'main', startedAt: 1, durationMs: 4, failure: null, cost: 0.5 };
const ended = (overrides: Partial<StageRecord> = {}): StageRecord => ({
  stage: 'answer',
  status: 'completed',
  startedAt: 1,
  endedAt: 6,
  retryAt: null,
  calls: [call],
  output: null,
  failure: null,
  ...overrides,
});
const begin = async () => {
  const id = randomUUID();
  const run = { id, conversation: [{ role: 'user' as const, content: 'hello' }], seed: 7, createdAt: 1 };
  await store.create(run, { caller: '' });
  return id;
};
const put = (id: string, record: StageRecord) => store.commitStage(id, record);
const answers = async () => (await queue.runs.samples()).answer;

test('a stage that has not ended, failed or made no call gives no sample', async () => {
  const id = await begin();
  await put(id, ended({ status: 'running', endedAt: null }));
  await put(id, ended({ stage: 'compare', calls: [] }));
  await put(id, ended({ stage: 'polish', status: 'failed' }));
  await put(randomUUID(), ended());
  const history = await queue.runs.samples();
  expect(Object.values(history).flat()).toEqual([]);
  expect(Object.keys(history)).toHaveLength(graph.names.length);
});

test('a completed stage gives one sample, kept for the retention time', async () => {
  const id = await begin();
  await put(id, ended());
  await put(id, ended());
  const sample = { model: 'main', ms: 5, cost: 0.5, simulated: false };
  expect(await answers()).toEqual([sample]);
  const left = await queue.redis.ttl(queue.keys.samples('answer'));
  expect(left).toBeGreaterThan(RETENTION_SECONDS - 60);
  expect(left).toBeLessThanOrEqual(RETENTION_SECONDS);

  const other = { ...call, model: 'a "b" 💡', cost: null, simulated: true };
  await put(await begin(), ended({ calls: [other] }));
  expect(await answers()).toEqual([{ model: 'a "b" 💡', ms: 5, cost: null, simulated: true }, sample]);
});

test('keeps the newest 200 samples, trimmed every 20', async () => {
  await queue.redis.del(queue.keys.samples('answer'));
  for (let ms = 1; ms <= 221; ms += 1) await put(await begin(), ended({ endedAt: ms + 1 }));
  const kept = (await answers())?.map(({ ms }) => ms) ?? [];
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([200, 221, 22]);
});
