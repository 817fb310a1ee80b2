import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, it, vi } from 'vitest';
import { COMPLEX, generatePath, startService } from '../service.ts';

const TIMEOUT = { timeout: HANG_MS, interval: 100 };

it('serves metrics of calls and stages, and writes one request id into the lines of API and worker', async () => {
  await using service = await startService({
    workers: 1,
    env: { METRICS_PORT: '0', WORKER_METRICS_PORT: '0' },
  });
  const [worker] = service.workers;
  const requestId = 'request-of-the-proxy-7';
  const response = await service.get(generatePath(COMPLEX), { 'X-Request-Id': requestId });
  expect(response.status).toBe(200);
  expect(response.headers.get('X-Request-Id')).toBe(requestId);
  const run = response.headers.get('X-Job-Id');

  const [, url = ''] = (await worker?.waitForOutput(/"url":"(http:[^"]+\/metrics)"/)) ?? [];
  const read = async () => (await fetch(url)).text();
  // The worker counts a job after it has published its end.
  for (const line of [
    /^codegen_stage_wait_seconds_count\{.*stage="polish",route="complex"\} 1$/m,
    /^codegen_stage_run_seconds_count\{.*stage="classify",route="none"\} 1$/m,
    /^codegen_model_call_seconds_count\{.*role="reviewer",result="ok"\} 2$/m,
    /^codegen_model_tokens_total\{.*role="generator",direction="output".*\} [1-9]\d*$/m,
    /^codegen_model_cost_dollars_total\{.*role="generator".*\} \d/m,
    /^codegen_job_duration_seconds_count\{.*status="completed",route="complex"\} 1$/m,
    /^codegen_stages_total\{stage="polish",status="completed",.*\} 1$/m,
    /^codegen_build_info\{version="0\.1\.0"/m,
  ])
    await expect.poll(read).toMatch(line);
  expect(await read()).not.toContain('served');

  const linesOf = (text: string) =>
    text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const ofJob = () =>
    [service.api, ...service.workers]
      .flatMap((program) => linesOf(program.stdout()))
      .filter((line) => line.run === run);
  await vi.waitUntil(() => ofJob().length >= 10, TIMEOUT);
  expect(ofJob().filter((line) => line.requestId !== requestId)).toEqual([]);
  expect(ofJob().map(({ name }) => name)).toEqual(expect.arrayContaining(['api', 'worker']));
});
