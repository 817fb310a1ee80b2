import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { expect, test } from 'vitest';
import { openQueue, until } from '../queue.ts';
import { endHooked, webhookOf } from './webhook-runs.ts';

const FIXTURE = join(import.meta.dirname, 'webhook-worker.fixture.ts');

test('another worker takes over the delivery of a webhook worker that dies', async () => {
  await using queue = openQueue();
  const lockMs = 1_000;
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify({ ...queue.options, lockMs })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const id = await endHooked(queue);
    for await (const line of createInterface(child.stdout)) if (line === 'delivering') break;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    await using webhookWorker = await startScriptedWorker(queue, [200], [1], lockMs);
    await until(async () => (await webhookOf(queue, id))?.status === 'delivered');
    expect(webhookWorker.deliveries).toMatchObject([{ messageId: `msg_${id}` }]);
  } finally {
    child.kill('SIGKILL');
  }
});
