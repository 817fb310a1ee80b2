import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graph } from '@codegen/pipeline';
import { createRuns } from '@codegen/queue';
import { startSimulator } from '@codegen/simulator';
import { HANG_MS, REDIS_TIMEOUT_MS } from '@codegen/testing/timeouts';
import { startWorker } from '@codegen/worker';
import { readWorkerOptions } from '@codegen/worker/settings';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';

test.each([
  ['off', 0],
  ['answers', 2],
])('with STAGE_LOG=%s, a simple job leaves %i stage logs', async (STAGE_LOG, count) => {
  await using simulator = await startSimulator({});
  const LOG_DIR = await mkdtemp(join(tmpdir(), 'stage-log-'));
  const env = {
    REDIS_URL: inject('redisUrl'),
    QUEUE_NAMESPACE: `log-${randomUUID().slice(0, 8)}`,
    BASE_URL: simulator.baseUrl,
    LOG_DIR,
    STAGE_LOG,
  };
  const options = readWorkerOptions(env);
  await using _worker = await startWorker(options, pino({ level: 'silent' }));
  await using runs = createRuns(graph, {
    redisUrl: env.REDIS_URL,
    redisTimeoutMs: REDIS_TIMEOUT_MS,
    namespace: env.QUEUE_NAMESPACE,
    retentionSeconds: 600,
  });
  await runs.connected();
  const { id } = await runs.submit([
    { role: 'user', content: 'Write a Python function to reverse a string' },
  ]);
  expect(await runs.waitUntilFinished(id, AbortSignal.timeout(HANG_MS))).toBe(true);
  expect(await readdir(LOG_DIR)).toHaveLength(count);
  await rm(LOG_DIR, { recursive: true });
});
