import { postJob, send } from '@codegen/testing/api/requests';
import { expectAcceptedHeaders, expectProblem, type Reply, startService } from '@codegen/testing/api/service';
import { hangs, lost, type Reply as ModelReply, reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { describe, expect, test } from 'vitest';

const simple = reply('simple');

function expectAccepted(answer: Reply): string {
  const path = expectAcceptedHeaders(answer);
  expect(answer.json).toMatchObject({ id: path.slice('/jobs/'.length), result: null, expiresAt: null });
  return path;
}

test.concurrent('creates a job that any API process can read at once', async () => {
  await using service = await startService({ worker: false });
  await using other = await startService({
    worker: false,
    settings: { QUEUE_NAMESPACE: service.namespace },
  });
  const reply = await postJob(service, { query: 'sort a list' });
  const path = expectAccepted(reply);
  expect(reply.headers.get('Preference-Applied')).toBeNull();
  expect(reply.json).toMatchObject({ status: 'queued', query: 'sort a list', metadata: {} });
  expect((await other.get(path)).json).toEqual(reply.json);
});

test.concurrent('sends the whole conversation to the models', async () => {
  await using service = await startService({ replies: { classify: simple } });
  const messages = [
    { role: 'user', content: 'Write a queue' },
    { content: 'In which language?', role: 'assistant' },
    { content: 'In Go,\nplease 😀', role: 'user' },
  ];
  const { json } = await postJob(service, { messages, wait: 30 });
  expect(json).toMatchObject({ status: 'completed', query: 'In Go,\nplease 😀' });
  expect(service.models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
  for (const { prompt } of service.models.calls) {
    expect(prompt.user).toMatch(
      /<user-(\w+)>\nWrite a queue\n<\/user-\1>\n<assistant-\1>\nIn which language\?\n<\/assistant-\1>/,
    );
    expect(prompt.user).toMatch(/<request-\S+>\nIn Go,\nplease 😀\n</);
  }
});

test.concurrent('accepts MAX_QUERY_CHARS code points', async () => {
  await using service = await startService({ worker: false });
  const user = (content: string) => ({ role: 'user', content });
  const whole = Array.from({ length: 200 }, () => user('😀'.repeat(40)));
  expectAccepted(await postJob(service, { query: '😀'.repeat(8_000) }));
  expectAccepted(await postJob(service, { messages: whole }));
});

test.concurrent('stores metadata with the job', async () => {
  await using service = await startService({ worker: false });
  const names = ['a', 'x'.repeat(64), '0', 'constructor', 'to.String-_'];
  const metadata = Object.fromEntries(names.map((name) => [name, `${name} 😀 \u0000 \u009b`.slice(0, 512)]));
  const path = expectAccepted(await postJob(service, { query: 'x', metadata }));
  expect((await service.get(path)).json.metadata).toEqual(metadata);
});

describe('a request that waits', () => {
  test.concurrent.each<[string, object, Record<string, string>]>([
    ['in the body', { wait: 30 }, {}],
    ['in the header', {}, { Prefer: 'wait=30' }],
    ['in both', { wait: 0 }, { Prefer: 'wait=30' }],
    ['in the header and asynchronously', {}, { Prefer: 'respond-async, wait=30' }],
  ])('%s gets the finished job', async (_, more, headers) => {
    await using service = await startService({ replies: { classify: simple } });
    const { status, headers: received, json } = await postJob(service, { query: 'x', ...more }, headers);
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'completed', result: simpleResponse });
    expect(received.get('X-Job-Id')).toBe(json.id);
    expect(received.get('Link')).toBe(`</jobs/${json.id}>; rel="status"`);
    expect(received.get('Retry-After')).toBeNull();
    expect((await service.get(`/jobs/${json.id}`)).json).toEqual(json);
  });

  test.concurrent('gets a failed job with its problem and status 200', async () => {
    await using service = await startService({ replies: { classify: simple, answer: lost } });
    const { status, json } = await postJob(service, { query: 'x', wait: 30 });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'failed', problem: { type: '/problems/models-failed' } });
  });

  test.concurrent.each<[string, object, Record<string, string>, string | null]>([
    ['not at all', {}, {}, null],
    ['for no time', { wait: 0 }, {}, null],
    ['too short', { wait: 1 }, {}, null],
    ['too short by the header', {}, { Prefer: 'wait=1' }, 'wait=1'],
    ['longer than the service does', {}, { Prefer: 'wait=3600' }, 'wait=2'],
    ['longer than the service does, in the body', { wait: 3_600 }, {}, null],
    ['by the body and not by the header', { wait: 30 }, { Prefer: 'wait=0' }, 'wait=0'],
    ['by the body and asynchronously', { wait: 30 }, { Prefer: 'respond-async' }, 'respond-async'],
  ])('%s gets the unfinished job, which continues', async (_, more, headers, applied) => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const answer: ModelReply = (call, moments) => promise.then(() => writes(call, moments));
    await using service = await startService({
      settings: { SYNC_WAIT_SECONDS: 2 },
      replies: { classify: simple, answer },
    });
    const reply = await postJob(service, { query: 'x', ...more }, headers);
    const path = expectAccepted(reply);
    expect(reply.headers.get('Preference-Applied')).toBe(applied);
    release();
    await service.finished(path);
    expect((await service.get(path)).json.result).toEqual(simpleResponse);
  });

  test.concurrent('gets 202 when the API shuts down', async () => {
    await using service = await startService({ replies: { classify: hangs } });
    const waiting = postJob(service, { query: 'x', wait: 50 });
    await service.models.whenCalled('classify');
    await service.close();
    expect(
      (await service.runs.load(expectAccepted(await waiting).slice('/jobs/'.length)))?.outcome,
    ).toBeNull();
  });
});

test.concurrent('returns 405 with the allowed methods', async () => {
  await using service = await startService({ worker: false });
  const id = '00000000-0000-4000-8000-000000000000';
  const allowed: [string, string, string][] = [
    ['PUT', '/jobs', 'GET, HEAD, POST'],
    ['DELETE', '/jobs', 'GET, HEAD, POST'],
    ['POST', `/jobs/${id}`, 'GET, HEAD, DELETE'],
    ['PATCH', `/jobs/${id}`, 'GET, HEAD, DELETE'],
    ['GET', `/jobs/${id}/cancel`, 'POST'],
    ['POST', `/jobs/${id}/events`, 'GET'],
  ];
  for (const [method, path, methods] of allowed) {
    const reply = await send(service, method, path);
    expectProblem(reply, 'method-not-allowed', 405);
    expect(reply.headers.get('Allow')).toBe(methods);
  }
});

test.concurrent('takes the last of duplicate names in JSON', async () => {
  await using service = await startService({ worker: false });
  const body = '{"query": "first", "wait": "x", "wait": 0, "query": "second"}';
  const { status, json } = await send(service, 'POST', '/jobs', body, { 'Content-Type': 'application/json' });
  expect({ status, query: json.query }).toEqual({ status: 202, query: 'second' });
});
