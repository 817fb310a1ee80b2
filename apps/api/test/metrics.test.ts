import { cancelJob, postJob } from '@codegen/testing/api/requests';
import { type Service, startService, until } from '@codegen/testing/api/service';
import { fails, hangs } from '@codegen/testing/models/replies';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { expect, inject, test } from 'vitest';

const scrape = async ({ metricsUrl }: Service) => (await fetch(metricsUrl ?? '')).text();

test('serves no metrics on the port of the API, and none at all without METRICS_PORT', async () => {
  await using service = await startService({ worker: false });
  expect(service.metricsUrl).toBeNull();
  expect((await service.get('/metrics')).status).toBe(404);
});

test('counts requests by route, problems, and requests that a limit refused', async () => {
  const settings = { METRICS_PORT: 0, MAX_ACTIVE_JOBS: 1 };
  await using service = await startService({ settings, worker: false });
  const { json } = await postJob(service, { query: 'hello' });
  expect((await postJob(service, { query: 'another' })).status).toBe(503);
  await service.get(`/jobs/${json.id}`);
  await cancelJob(service, `/jobs/${json.id}`);
  // A request is counted when its response has closed.
  const wanted = [
    'codegen_http_request_duration_seconds_count{service="api",method="POST",route="/jobs",status="202"} 1',
    'codegen_http_request_duration_seconds_count{service="api",method="GET",route="/jobs/{id}",status="200"} 1',
    'codegen_problems_total{type="overloaded",service="api"} 1',
    'codegen_limit_refusals_total{limit="open-jobs",service="api"} 1',
    'codegen_job_duration_seconds_count{service="api",status="cancelled",route="none"} 1',
  ];
  await until(async () => {
    const text = await scrape(service);
    return wanted.every((line) => text.includes(line));
  }).catch(async () => expect((await scrape(service)).split('\n')).toEqual(expect.arrayContaining(wanted)));
  expect(await scrape(service)).not.toContain(json.id);
});

test('reports waiting and running jobs and the age of the oldest waiting one', async () => {
  await using service = await startService({
    settings: { METRICS_PORT: 0 },
    worker: false,
    replies: { classify: hangs },
  });
  const path = await service.begin();
  const text = await scrape(service);
  expect(text).toContain('codegen_jobs_open{service="api"} 1');
  expect(text).toContain('codegen_jobs_waiting{service="api"} 1');
  expect(text).toMatch(/^codegen_oldest_waiting_job_seconds\{service="api"\} \d*\.\d+$/m);
  expect(text).toContain('codegen_queue_stages{queue="stages",state="waiting",service="api"} 1');
  expect(text).toContain('codegen_queue_stages{queue="stages",state="blocked",service="api"} 1');
  expect(text).toContain('codegen_queue_workers{queue="stages",service="api"} 0');
  expect(text).toContain('codegen_webhooks_pending{service="api"} 0');

  await service.startWorker();
  await until(async () => {
    const after = await scrape(service);
    return (
      after.includes('codegen_jobs_waiting{service="api"} 0') &&
      after.includes('codegen_oldest_waiting_job_seconds{service="api"} 0') &&
      after.includes('codegen_queue_stages{queue="stages",state="active",service="api"} 1')
    );
  });
  await cancelJob(service, path);
  await until(async () => (await scrape(service)).includes('codegen_jobs_open{service="api"} 0'));
});

test('reports open breakers and cooldowns of models', async () => {
  const overloaded = fails({ intent: 'retry', code: 'overloaded' });
  const limited = fails({ intent: 'nextModel', code: 'rate-limited', retryAfterMs: 60_000 });
  await using service = await startService({
    settings: { METRICS_PORT: 0 },
    replies: { classify: limited, 'generate.direct': overloaded, interpret: overloaded },
  });
  await Promise.all(['a', 'b', 'c'].map((query) => service.begin(query)));
  await until(async () =>
    /^codegen_breaker_state\{model="generator-1".*\} [12]$/m.test(await scrape(service)),
  );
  expect(await scrape(service)).toMatch(/^codegen_cooldown_seconds\{model="classifier-1".*\} [1-9]/m);
});

test('reports that Redis is unavailable instead of old values', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  const settings = { METRICS_PORT: 0, REDIS_URL: proxy.url };
  await using service = await startService({ settings, worker: false });
  await expect.poll(() => scrape(service)).toContain('codegen_scrape_failed{service="api"} 0');
  await proxy.cut();
  const text = await scrape(service);
  expect(text).toContain('codegen_scrape_failed{service="api"} 1');
  expect(text).not.toMatch(/^codegen_jobs_open\{/m);
  await proxy.restore();
});
