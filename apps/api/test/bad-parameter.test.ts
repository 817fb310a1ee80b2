import { afterAll, beforeAll, expect, test } from 'vitest';
import { raw, rawGet } from './raw-request.ts';
import { JSON_TYPE, send } from './send.ts';
import { expectProblem, type Service, startService } from './service.ts';

let service: Service;
let job: string;
beforeAll(async () => {
  service = await startService({ worker: false });
  job = await service.begin();
});
afterAll(async () => {
  expect((await service.get('/jobs')).json.jobs, 'a refused request changes nothing').toMatchObject([
    { status: 'queued' },
  ]);
  await service[Symbol.asyncDispose]();
});

test.each([
  ['DELETE', ''],
  ['POST', '/cancel'],
  ['GET', '/events'],
])('%s /jobs/:id%s wants an id that is one, and a job that is there', async (method, what) => {
  for (const id of ['x', '%00', '..%2f..', '*', '__proto__', 'x'.repeat(5_000)])
    expectProblem(await send(service, method, `/jobs/${id}${what}`), 'malformed-job-id', 400);
  const unknown = '00000000-0000-4000-8000-000000000000';
  expectProblem(await send(service, method, `/jobs/${unknown}${what}`), 'unknown-job', 404);
});

test.each([
  ['wait', '?wait=0&wait=3000'],
  ['after', '/events?after=0&after=1'],
])('%s may not be given twice', async (name, rest) => {
  const reply = await rawGet(service.url, `${job}${rest}`);
  expectProblem(reply, 'invalid-parameter', 400);
  expect(reply.json.detail).toContain(name);
});

test('coalesce may not be given twice', async () => {
  const path = '/generate?query=x&coalesce=true&coalesce=false';
  expectProblem(await rawGet(service.url, path), 'invalid-parameter', 400);
});

test('two Last-Event-IDs are no place in a stream', async () => {
  const two = ['Last-Event-ID: 1', 'Last-Event-ID: 2'];
  expectProblem(await rawGet(service.url, `${job}/events`, ...two), 'malformed-cursor', 400);
});

test.each([101, 1_500, 5_000])('%i headers are too many, though short', async (count) => {
  const headers = Array.from({ length: count }, (_, index) => `X-${index}: 1`);
  const reply = await rawGet(service.url, '/jobs', ...headers);
  expectProblem(reply, 'headers-too-large', 431);
  expect(reply.headers.get('Connection')).toBe('close');
});

test('a body of JSON that is small and endless in parts is refused before it is looked at', async () => {
  const filled = (item: string) =>
    Array(Math.floor(1_000_000 / (item.length + 1)))
      .fill(item)
      .join();
  const named = Array.from({ length: 80_000 }, (_, index) => `"${index}":0`).join();
  for (const body of [
    `{"messages":[${filled('{}')}]}`,
    `{"messages":[${filled('0')}]}`,
    `{"query":"x","metadata":{${named}}}`,
    `{${named}}`,
    `[${filled('[]')}]`,
  ]) {
    const reply = await send(service, 'POST', '/jobs', body, JSON_TYPE);
    expectProblem(reply, 'invalid-job-request', 422);
    expect(reply.json.detail).toContain('2000 values');
  }
});

test.each(['/jobs', '/JOBS', '/jobs/', '/Generate', `/jobs/${'%20'}`])(
  'a body where none is read is no way around the limit: %s',
  async (path) => {
    const head = [`GET ${path} HTTP/1.1`, 'Host: x', 'Content-Length: 100000', '', ''].join('\r\n');
    expectProblem(await raw(service.url, head), 'body-too-large', 413);
  },
);
