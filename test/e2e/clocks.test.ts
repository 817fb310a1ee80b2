import { randomUUID } from 'node:crypto';
import { startSimulator } from '@codegen/simulator';
import { start } from '@codegen/testing/process/program';
import { expect, inject, test } from 'vitest';
import { SIMPLE } from './service.ts';

/** Options of Node.js that move the clock of a process. */
const shifted = (seconds: number) => {
  const code = `const now = Date.now; Date.now = () => now() + ${seconds * 1_000};`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` };
};

test.concurrent.each([
  ['worker is 90 s ahead', 0, 90],
  ['worker is 90 s behind', 0, -90],
  ['API is 90 s behind', -90, 0],
])(
  'a job with a deadline completes in time when the clock of the %s',
  async (_, apiSeconds, workerSeconds) => {
    await using simulator = await startSimulator({});
    simulator.faults.add({ match: { stage: 'classify' }, fault: { kind: 'status', status: 503 }, times: 1 });
    const env = {
      REDIS_URL: inject('redisUrl'),
      QUEUE_NAMESPACE: `clock-${randomUUID().slice(0, 8)}`,
      BASE_URL: simulator.baseUrl,
      MODEL_RETRY_MS: '10',
    };
    await using api = start('apps/api/src/main.ts', [], { ...env, ...shifted(apiSeconds), PORT: '0' });
    await using _worker = start('apps/worker/src/main.ts', [], { ...env, ...shifted(workerSeconds) });
    const [, url = ''] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
    const response = await fetch(`${url}/jobs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Prefer: 'wait=50' },
      body: JSON.stringify({ query: SIMPLE, deadlineSeconds: 60 }),
    });
    const job = (await response.json()) as { createdAt: string; durationMs: number };
    expect(job).toMatchObject({ status: 'completed', degraded: [] });
    expect(Math.abs(Date.parse(job.createdAt) - Date.now())).toBeLessThan(60_000);
    expect(job.durationMs).toBeLessThan(40_000);
  },
);
