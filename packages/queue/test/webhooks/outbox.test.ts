import { startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { expect, test } from 'vitest';
import { queueSettings } from '../../src/index.ts';
import { createOutbox } from '../../src/webhooks/outbox.ts';
import { openQueue, until } from '../queue.ts';
import { answersOf, beginHooked, endAlone, endHooked, hangs, tracesOf, webhookOf } from './webhook-runs.ts';

test.concurrent('webhook workers queue a delivery whose process died before', async () => {
  await using queue = openQueue();
  const id = await beginHooked(queue);
  await endAlone(queue, id);
  expect(await tracesOf(queue, id)).toEqual(['deliveries', 'webhooks-due']);
  await using webhookWorker = await startScriptedWorker(queue, [200]);
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  await until(async () => (await tracesOf(queue, id)).length === 0);
  expect(webhookWorker.deliveries).toHaveLength(1);
});

test.concurrent('a delivery enqueued several times is made once', async () => {
  await using queue = openQueue();
  const id = await beginHooked(queue);
  await endAlone(queue, id);
  const outbox = createOutbox(queue.redis, queue.keys);
  await Promise.all(Array.from({ length: 20 }, () => outbox.enqueue(id)));
  await using webhookWorker = await startScriptedWorker(queue, [200]);
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  // A process that read the list before does this.
  await queue.redis.zadd(queue.keys.webhooksDue, Date.now(), id);
  await outbox.scan();
  await until(async () => (await tracesOf(queue, id)).length === 0);
  await outbox.close();
  expect(webhookWorker.deliveries).toHaveLength(1);
});

test.concurrent('a webhook worker that closes returns its delivery to the queue, and no attempt is counted', async () => {
  await using queue = openQueue();
  const first = await startScriptedWorker(queue, [hangs]);
  const id = await endHooked(queue);
  await until(async () => first.deliveries.length === 1);
  await first.close(0);
  expect(await webhookOf(queue, id)).toMatchObject({ status: 'pending', attempts: [] });
  await using second = await startScriptedWorker(queue, [200]);
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  expect(answersOf((await webhookOf(queue, id))?.attempts)).toEqual([200]);
  expect(second.deliveries).toHaveLength(1);
});

test.concurrent('another webhook worker continues the attempts of a delivery', async () => {
  await using queue = openQueue();
  const first = await startScriptedWorker(queue, [500], [300, 300]);
  const id = await endHooked(queue);
  await until(async () => (await webhookOf(queue, id))?.attempts.length === 1);
  await first.close(0);
  await using _second = await startScriptedWorker(queue, [502], [1, 1]);
  await until(async () => (await webhookOf(queue, id))?.status === 'failed');
  expect(answersOf((await webhookOf(queue, id))?.attempts)).toEqual([500, 502, 502]);
});

test.concurrent('removing a run removes its delayed delivery', async () => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [500], [3_600_000]);
  const id = await endHooked(queue);
  const { prefix } = queue.keys;
  await until(async () => (await queue.redis.zcard(`${prefix}:webhooks:delayed`)) === 1);
  expect(await queue.runs.remove(id, 'anonymous')).toBe(true);
  await until(async () => (await tracesOf(queue, id)).length === 0);
  expect(await queue.redis.zcard(`${prefix}:webhooks:delayed`)).toBe(0);
  expect(webhookWorker.deliveries).toHaveLength(1);
});

test.concurrent('the expiry of a run removes its delayed delivery', async () => {
  await using queue = openQueue({ retentionSeconds: 3 });
  await using webhookWorker = await startScriptedWorker(queue, [500], [3_600_000]);
  const id = await endHooked(queue);
  await until(async () => webhookWorker.deliveries.length === 1);
  await queue.startWorker({}, { maintenanceMs: 50 });
  await until(async () => (await queue.runs.load(id)) === null && (await tracesOf(queue, id)).length === 0);
  await until(async () => !(await queue.names()).some((name) => name.includes(id)));
  expect(webhookWorker.deliveries).toHaveLength(1);
});

test.concurrent('a delivery whose run is removed during an attempt ends and stores nothing', async () => {
  await using queue = openQueue();
  const { promise: go, resolve } = Promise.withResolvers<void>();
  const slow = () => go.then(() => ({ status: 500, error: null }));
  await using webhookWorker = await startScriptedWorker(queue, [slow], [3_600_000]);
  const id = await endHooked(queue);
  await until(async () => webhookWorker.deliveries.length === 1);
  await queue.runs.remove(id, 'anonymous');
  resolve();
  await until(async () => (await tracesOf(queue, id)).length === 0);
  expect((await queue.names()).filter((name) => name.includes(`run:${id}`))).toEqual([]);
  expect(await queue.redis.zcard(`${queue.keys.prefix}:webhooks:delayed`)).toBe(0);
  expect(webhookWorker.deliveries).toHaveLength(1);
});

test.each(['reviewer:webhooks', 'reviewer:stages,generator:webhooks'])(
  'STAGE_QUEUES does not accept the queue of webhooks: %s',
  (text) => {
    expect(queueSettings.shape.STAGE_QUEUES.safeParse(text).success).toBe(false);
    expect(queueSettings.shape.STAGE_QUEUES.safeParse(text.replace('webhooks', 'slow')).success).toBe(true);
  },
);
