import { randomUUID } from 'node:crypto';
import { rawGet } from '@codegen/testing/api/raw-request';
import { send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service[Symbol.asyncDispose]());

test.each([
  'x',
  '1',
  '0',
  '-1',
  'null',
  '%20',
  '%00',
  '%2e%2e',
  '..%2fgenerate',
  '*',
  '%7Bjobs%7D',
  '%E2%9C%93',
  'run:1',
  '00000000-0000-0000-0000-00000000000',
  '00000000-0000-4000-8000-0000000000000',
  '0000000000004000800000000000000',
  '{00000000-0000-4000-8000-000000000000}',
  '%0000000000-0000-4000-8000-000000000000',
  '00000000-0000-4000-8000-000000000000%00',
  '00000000-0000-4000-8000-000000000000%0A',
  '00000000-0000-4000-8000-00000000000g',
  'x'.repeat(10_000),
])('rejects the job id %s', async (id) => {
  const reply = await rawGet(service.url, `/jobs/${id}`);
  expectProblem(reply, 'malformed-job-id', 400);
  expect(reply.body.length).toBeLessThan(500);
});

test.each(['/jobs/../generate?query=x', '/jobs/../../etc/passwd', '/jobs/a/b', '/jobs//'])(
  'answers 404 at %s',
  async (path) => {
    expectProblem(await rawGet(service.url, path), 'unknown-path', 404);
  },
);

test.each([randomUUID(), randomUUID().toUpperCase(), '00000000-0000-0000-0000-000000000000'])(
  'answers 404 for the unknown job %s',
  async (id) => {
    expectProblem(await service.get(`/jobs/${id}`), 'unknown-job', 404);
  },
);

test('accepts an id in upper case, a query string and a trailing slash', async () => {
  const path = await service.begin();
  const id = path.slice('/jobs/'.length);
  for (const found of [id, id.toUpperCase(), `${id}/`, `${id}?x=%ff`]) {
    expect((await service.get(`/jobs/${found}`)).json).toMatchObject({ id, status: 'queued' });
  }
});

test.each([
  ['DELETE', ''],
  ['POST', '/cancel'],
  ['GET', '/events'],
])('%s /jobs/:id%s rejects malformed and unknown job ids', async (method, what) => {
  for (const id of ['x', '%00', '..%2f..', '*', '__proto__', 'x'.repeat(5_000)])
    expectProblem(await send(service, method, `/jobs/${id}${what}`), 'malformed-job-id', 400);
  const unknown = '00000000-0000-4000-8000-000000000000';
  expectProblem(await send(service, method, `/jobs/${unknown}${what}`), 'unknown-job', 404);
});
