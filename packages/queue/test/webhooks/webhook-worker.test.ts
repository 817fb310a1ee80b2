import { reply } from '@codegen/testing/models/replies';
import { startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { expect, test } from 'vitest';
import type { Deliver } from '../../src/webhooks/webhook-worker.ts';
import { openQueue, until } from '../queue.ts';
import {
  answersOf,
  beginHooked,
  endHooked,
  hangs,
  hello,
  tracesOf,
  URL_OF_HOOK,
  webhookOf,
} from './webhook-runs.ts';

const isOver = (queue: ReturnType<typeof openQueue>, id: string) =>
  until(async () => (await tracesOf(queue, id)).length === 0);

test.concurrent('a delivery that is never accepted fails after seven attempts', async () => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [500, 'timed-out', 302, 404, 429, 199, 503]);
  const id = await endHooked(queue);
  await until(async () => (await webhookOf(queue, id))?.status === 'failed');
  const webhook = await webhookOf(queue, id);
  expect(answersOf(webhook?.attempts)).toEqual([500, 'timed-out', 302, 404, 429, 199, 503]);
  expect(webhook?.nextAttemptAt).toBeNull();
  await isOver(queue, id);
  expect(webhookWorker.deliveries).toHaveLength(7);
  expect(new Set(webhookWorker.deliveries.map(({ messageId }) => messageId))).toEqual(new Set([`msg_${id}`]));
});

test.concurrent('a delivery fails at once when the receiver replies 410', async () => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [500, 410, 200]);
  const id = await endHooked(queue);
  await until(async () => (await webhookOf(queue, id))?.status === 'failed');
  await isOver(queue, id);
  expect(answersOf((await webhookOf(queue, id))?.attempts)).toEqual([500, 410]);
  expect(webhookWorker.deliveries).toHaveLength(2);
});

test.concurrent('attempts follow the documented schedule, and the next one is shown', async () => {
  await using queue = openQueue();
  const { RETRY_DELAYS_MS } = await import('../../src/webhooks/outbox.ts');
  expect(RETRY_DELAYS_MS.map((ms) => ms / 60_000)).toEqual([5 / 60, 5, 30, 120, 300, 600]);
  await using webhookWorker = await startScriptedWorker(queue, [500], [3_600_000]);
  const id = await endHooked(queue);
  await until(async () => (await webhookOf(queue, id))?.attempts.length === 1);
  const webhook = await webhookOf(queue, id);
  const [attempt] = webhook?.attempts ?? [];
  expect(webhook).toMatchObject({ status: 'pending', url: URL_OF_HOOK });
  expect(webhook?.nextAttemptAt).toBe((attempt?.at ?? 0) + (attempt?.durationMs ?? 0) + 3_600_000);
  await until(async () => (await queue.redis.zcard(`${queue.keys.prefix}:webhooks:delayed`)) === 1);
  expect(webhookWorker.deliveries).toHaveLength(1);
});

test.concurrent('an attempt that throws is recorded and reported', async () => {
  await using queue = openQueue();
  const throws = async () => {
    throw new TypeError('a bug');
  };
  await using webhookWorker = await startScriptedWorker(queue, [throws, 204]);
  const id = await endHooked(queue);
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  expect(answersOf((await webhookOf(queue, id))?.attempts)).toEqual(['internal', 204]);
  await until(async () => webhookWorker.events.length === 3);
  expect(webhookWorker.events).toMatchObject([
    { kind: 'fault', run: id, error: { message: 'a bug' } },
    { kind: 'delivery', run: id, outcome: 'pending' },
    { kind: 'delivery', run: id, outcome: 'delivered' },
  ]);
});

test.concurrent.each([
  ['completed', { classify: reply('simple') }],
  ['cancelled', null],
] as const)('delivers a run that was %s once, with the whole run', async (status, replies) => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [200]);
  const id = await beginHooked(queue);
  expect(await webhookOf(queue, id)).toEqual({
    url: URL_OF_HOOK,
    status: 'waiting',
    attempts: [],
    nextAttemptAt: null,
  });
  if (replies === null) await queue.runs.cancel(id);
  else await queue.startWorker(replies);
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  await isOver(queue, id);
  expect(webhookWorker.deliveries).toMatchObject([
    { messageId: `msg_${id}`, url: URL_OF_HOOK, run: { id, outcome: { status } } },
  ]);
  expect((await queue.names()).filter((name) => /^(?:deliveries|webhooks-due)$/.test(name))).toEqual([]);
});

test.concurrent('makes no delivery for a run without a webhook', async () => {
  await using queue = openQueue();
  await using webhookWorker = await startScriptedWorker(queue, [200]);
  await queue.startWorker({ classify: reply('simple') });
  await queue.finished(await queue.begin());
  const id = await endHooked(queue);
  await isOver(queue, id);
  expect(webhookWorker.deliveries.map(({ run }) => run.id)).toEqual([id]);
});

test.concurrent('slow receivers of one caller do not delay the deliveries of others', async () => {
  await using queue = openQueue({ concurrency: 5 });
  const slow: Deliver = (delivery, signal) =>
    delivery.run.caller === 'alice' ? hangs(delivery, signal) : Promise.resolve({ status: 200, error: null });
  const end = async (caller: string) => {
    const { id } = await queue.runs.submit(hello, { caller, webhook: URL_OF_HOOK });
    await queue.runs.cancel(id);
    return id;
  };
  await queue.runs.connected();
  await Promise.all(Array.from({ length: 10 }, () => end('alice')));
  await using webhookWorker = await startScriptedWorker(queue, [slow]);
  await until(async () => webhookWorker.deliveries.length === 1);
  const id = await end('bob');
  await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
  expect(webhookWorker.deliveries.map(({ run }) => run.caller)).toEqual(['alice', 'bob']);
});
