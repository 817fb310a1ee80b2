import { connect } from 'node:net';
import { start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, test, vi } from 'vitest';
import { SIMPLE, startService } from './service.ts';

/** The simulator takes longer than the test. */
const SLOW = { latencyMs: 600_000 };

test('cancels a run when the API process of its only client is killed', async () => {
  const env = { DISCONNECT_GRACE_SECONDS: '0' };
  await using service = await startService({ workers: 1, simulator: SLOW, env });
  const target = `/generate?query=${encodeURIComponent(SIMPLE)}&on_disconnect=cancel`;
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port) });
  client.on('error', () => {});
  client.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const [id] = await vi.waitUntil(
    async () => {
      const { jobs } = (await (await service.get('/jobs?status=running')).json()) as {
        jobs: { id: string }[];
      };
      return jobs.length > 0 && jobs.map((job) => job.id);
    },
    { timeout: HANG_MS, interval: 50 },
  );
  service.api.child.kill('SIGKILL');
  expect(await service.api.ended).toBe('SIGKILL');

  // The worker cancels the run. The second API process shows the result.
  await service.workers[0]?.waitForOutput(/"status":"cancelled"/);
  await using other = start('apps/api/src/main.ts', [], { ...service.env, PORT: '0' });
  const [, url = ''] = await other.waitForOutput(/"url":"(http:[^"]+)"/);
  const job = (await (await fetch(`${url}/jobs/${id}`)).json()) as { status: string };
  expect(job.status).toBe('cancelled');
});
