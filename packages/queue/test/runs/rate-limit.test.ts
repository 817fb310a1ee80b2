import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { REDIS_TIMEOUT_MS } from '@codegen/testing/timeouts';
import { expect, inject, it } from 'vitest';
import { createRuns, QueueUnavailable } from '../../src/index.ts';
import { openQueue, until } from '../queue.ts';

const options = (redisUrl = inject('redisUrl')) => ({
  redisUrl,
  namespace: `queue-${randomUUID()}`,
  retentionSeconds: 600,
  startsPerMinute: 3,
});

it('counts nothing without a limit', async () => {
  await using queue = openQueue();
  await queue.runs.connected();
  expect(await queue.runs.countStart('alice')).toBeNull();
  expect(await queue.names()).not.toContain('starts:alice');
});

it('counts requests of all processes, per caller', async () => {
  const shared = { ...options(), redisTimeoutMs: REDIS_TIMEOUT_MS };
  await using one = createRuns(graph, shared);
  await using two = createRuns(graph, shared);
  await Promise.all([one.connected(), two.connected()]);
  const starts = [one, two, one, two, one].map((runs) => runs.countStart('alice'));
  const quotas = await Promise.all(starts);
  expect(quotas.map((quota) => quota?.allowed).filter(Boolean)).toHaveLength(3);
  expect(quotas.map((quota) => quota?.remaining).toSorted()).toEqual([0, 0, 0, 1, 2]);
  for (const quota of quotas) {
    expect(quota).toMatchObject({ limit: 3, windowSeconds: 60 });
    expect(quota?.resetSeconds).toBeGreaterThanOrEqual(1);
    expect(quota?.resetSeconds).toBeLessThanOrEqual(60);
  }
  expect(await one.countStart('bob')).toMatchObject({ allowed: true, remaining: 2 });
});

it('allows requests again when the window is over', async () => {
  await using queue = openQueue({ startsPerMinute: 1 });
  const { runs, redis, keys } = queue;
  await runs.connected();
  expect(await runs.countStart('alice')).toMatchObject({ allowed: true });
  expect(await runs.countStart('alice')).toMatchObject({ allowed: false });
  await redis.pexpire(`${keys.starts}:alice`, 1);
  await expect.poll(() => redis.exists(`${keys.starts}:alice`)).toBe(0);
  expect(await runs.countStart('alice')).toMatchObject({ allowed: true });
});

it('fails at once while Redis is unavailable', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using runs = createRuns(graph, options(proxy.url));
  await until(async () => (await runs.countStart('alice')) !== null);
  await proxy.stall();
  await expect(runs.countStart('alice')).rejects.toThrow(QueueUnavailable);
});
