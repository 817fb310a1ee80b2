import { all } from '@codegen/testing/api/collect';
import { startService } from '@codegen/testing/api/service';
import { hangs as isSilent, reply } from '@codegen/testing/models/replies';
import {
  answers,
  busy,
  closes,
  loses,
  relays,
  startScripted,
} from '@codegen/testing/network/scripted-server';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';
import { createClient } from '../src/index.ts';

const simple = { classify: reply('simple') };
const keysOf = ({ requests }: { requests: readonly { headers: Record<string, unknown> }[] }) =>
  requests.map(({ headers }) => headers['idempotency-key']);

test('submit starts one job although responses are lost and the service is busy', async () => {
  await using service = await startService({ replies: simple });
  await using proxy = await startScripted(loses(service.url), closes, busy, relays(service.url));
  const client = createClient({ baseUrl: proxy.url });
  const job = await client.submit({ query: 'hello' });
  expect(job).toMatchObject({ query: 'hello' });
  const jobs = await all(createClient({ baseUrl: service.url }).list());
  expect(jobs.map(({ id }) => id)).toEqual([job.id]);
  const [key, ...others] = keysOf(proxy);
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(others).toEqual([key, key, key]);
});

test('generate starts one job although the response is lost', async () => {
  await using service = await startService({ replies: simple });
  await using proxy = await startScripted(loses(service.url), relays(service.url));
  expect(await createClient({ baseUrl: proxy.url }).generate('hello')).toEqual(simpleResponse);
  expect(await all(createClient({ baseUrl: service.url }).list())).toHaveLength(1);
});

test('submit sends a random idempotency key unless one is given', async () => {
  await using service = await startService({ worker: false });
  const client = createClient({ baseUrl: service.url });
  const [one, two] = [await client.submit({ query: 'x' }), await client.submit({ query: 'x' })];
  expect(one.id).not.toBe(two.id);
  const given = { idempotencyKey: 'mine' };
  const first = await client.submit({ query: 'x' }, given);
  expect((await client.submit({ query: 'x' }, given)).id).toBe(first.id);
  await expect(client.submit({ query: 'y' }, given)).rejects.toMatchObject({
    problem: { type: '/problems/idempotency-key-reused' },
  });
});

test('submit sends messages, metadata and wait', async () => {
  await using service = await startService({ replies: simple });
  const client = createClient({ baseUrl: service.url });
  const messages = [
    { role: 'user', content: 'Write it' },
    { role: 'assistant', content: 'What?' },
    { role: 'user', content: 'A sort 💡' },
  ] as const;
  const job = await client.submit({ messages, metadata: { team: 'blue' }, wait: 30 });
  expect(job).toMatchObject({ query: 'A sort 💡', metadata: { team: 'blue' }, result: simpleResponse });
});

test('generate resolves with the id of the job when the wait was too short', async () => {
  await using service = await startService({ replies: { ...simple, answer: isSilent } });
  const client = createClient({ baseUrl: service.url });
  const answer = await client.generate('hello', { wait: 1 });
  const job = await client.job('job' in answer ? answer.job : '');
  expect(job).toMatchObject({ query: 'hello', status: 'running' });
});

test('submit reads a job that was accepted but could not be read yet', async () => {
  const job = { id: 'x', status: 'queued', stages: [] };
  await using server = await startScripted(
    answers(202, { id: 'x', status: 'queued' }),
    busy,
    answers(200, job),
  );
  expect(await createClient({ baseUrl: server.url }).submit({ query: 'x' })).toEqual(job);
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /jobs',
    'GET /jobs/x',
    'GET /jobs/x',
  ]);
});

test('sends the API key as a bearer token, through the given fetch', async () => {
  await using server = await startScripted(answers(200, { id: 'x', status: 'queued', stages: [] }));
  let calls = 0;
  const client = createClient({
    baseUrl: server.url,
    apiKey: 'secret',
    fetch: (...args) => {
      calls += 1;
      return fetch(...args);
    },
  });
  await client.job('x');
  await createClient({ baseUrl: server.url }).job('x');
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined]);
  expect(calls).toBe(1);
});
