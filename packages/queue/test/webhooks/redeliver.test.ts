import { randomUUID } from 'node:crypto';
import { startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { expect, test } from 'vitest';
import { openQueue, type Queue, until } from '../queue.ts';
import { answersOf, beginHooked, endHooked, tracesOf, webhookOf } from './webhook-runs.ts';

test.concurrent('redeliver returns false if the run has no webhook, has not finished or does not exist', async () => {
  await using queue = openQueue();
  const unhooked = await queue.begin();
  await queue.runs.cancel(unhooked);
  for (const id of [unhooked, await beginHooked(queue), randomUUID()]) {
    expect(await queue.runs.redeliver(id)).toBe(false);
    expect(await tracesOf(queue, id)).toEqual([]);
  }
});

const endPause = ({ redis, keys }: Queue, id: string) => redis.hdel(keys.run(id), 'redeliverAt');

test.concurrent('each redelivery doubles the pause before the next one, up to an hour', async () => {
  await using queue = openQueue();
  const id = await endHooked(queue);
  for (const seconds of [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]) {
    expect(await queue.runs.redeliver(id)).toBe(true);
    // Less the time since the redelivery.
    const pause = Number(await queue.runs.redeliver(id)) / 1_000;
    expect(pause).toBeLessThanOrEqual(seconds);
    expect(pause).toBeGreaterThan(0.6 * seconds);
    await endPause(queue, id);
  }
});

test.concurrent('redelivers a failed delivery with the same message id', async () => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [410, 200, 200]);
  const id = await endHooked(queue);
  await until(async () => (await webhookOf(queue, id))?.status === 'failed');
  for (const count of [2, 3]) {
    expect(await queue.runs.redeliver(id)).toBe(true);
    await until(async () => webhookWorker.deliveries.length === count);
    await endPause(queue, id);
    await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  }
  expect(answersOf((await webhookOf(queue, id))?.attempts)).toEqual([410, 200, 200]);
  expect(new Set(webhookWorker.deliveries.map(({ messageId }) => messageId))).toEqual(new Set([`msg_${id}`]));
  await until(async () => (await tracesOf(queue, id)).length === 0);
});

test.concurrent('redelivers a delayed delivery at once, instead of later', async () => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [500, 200], [3_600_000]);
  const id = await endHooked(queue);
  await until(async () => (await queue.redis.zcard(`${queue.keys.prefix}:webhooks:delayed`)) === 1);
  expect(await queue.runs.redeliver(id)).toBe(true);
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  await until(async () => (await tracesOf(queue, id)).length === 0);
  expect(await queue.redis.zcard(`${queue.keys.prefix}:webhooks:delayed`)).toBe(0);
  expect(webhookWorker.deliveries).toHaveLength(2);
});

test.concurrent('the result of a replaced delivery is recorded and does not change the status', async () => {
  await using queue = openQueue();
  const { promise: go, resolve } = Promise.withResolvers<void>();
  const slow = () => go.then(() => ({ status: 410, error: null }));
  await using webhookWorker = await startScriptedWorker(queue, [slow, 500], [3_600_000]);
  const id = await endHooked(queue);
  await until(async () => webhookWorker.deliveries.length === 1);
  await queue.runs.redeliver(id);
  await until(async () => answersOf((await webhookOf(queue, id))?.attempts).includes(500));
  resolve();
  await until(async () => answersOf((await webhookOf(queue, id))?.attempts).includes(410));
  expect((await webhookOf(queue, id))?.status).toBe('pending');
  await queue.runs.remove(id, 'anonymous');
  await until(async () => (await tracesOf(queue, id)).length === 0);
});

test.concurrent('keeps the last twenty attempts', async () => {
  await using queue = openQueue();
  await using _worker = await startScriptedWorker(queue, [
    ...Array.from({ length: 23 }, (_, n) => 500 + n),
    200,
  ]);
  const id = await endHooked(queue);
  for (let round = 0; round < 4; round++) {
    await until(async () => (await webhookOf(queue, id))?.status !== 'pending');
    if (round < 3) await queue.runs.redeliver(id);
    await endPause(queue, id);
  }
  const attempts = answersOf((await webhookOf(queue, id))?.attempts);
  expect(attempts).toEqual([...Array.from({ length: 19 }, (_, n) => 504 + n), 200]);
});
