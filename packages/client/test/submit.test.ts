import { simpleResponse } from '@codegen/testing/case';
import { hangs as isSilent, reply } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { startService } from '../../../apps/api/test/service.ts';
import { createClient } from '../src/index.ts';
import { all } from './all.ts';
import { answers, busy, hangsUp, loses, relays, startScripted } from './scripted.ts';

const simple = { classify: reply('simple') };
const keysOf = ({ asked }: { asked: readonly { headers: Record<string, unknown> }[] }) =>
  asked.map(({ headers }) => headers['idempotency-key']);

test('a submission whose answers are lost, or that meets a service that is busy, starts one job', async () => {
  await using service = await startService({ replies: simple });
  await using line = await startScripted(loses(service.url), hangsUp, busy, relays(service.url));
  const client = createClient({ baseUrl: line.url });
  const job = await client.submit({ query: 'hello' });
  expect(job).toMatchObject({ query: 'hello' });
  const jobs = await all(createClient({ baseUrl: service.url }).list());
  expect(jobs.map(({ id }) => id)).toEqual([job.id]);
  const [key, ...others] = keysOf(line);
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(others).toEqual([key, key, key]);
});

test('so does a question whose answer is lost', async () => {
  await using service = await startService({ replies: simple });
  await using line = await startScripted(loses(service.url), relays(service.url));
  expect(await createClient({ baseUrl: line.url }).generate('hello')).toEqual(simpleResponse);
  expect(await all(createClient({ baseUrl: service.url }).list())).toHaveLength(1);
});

test('every submission draws its own key, unless one is given', async () => {
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

test('a conversation, metadata and a wait arrive', async () => {
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

test('a question that takes longer than the wait leaves its job', async () => {
  await using service = await startService({ replies: { ...simple, answer: isSilent } });
  const client = createClient({ baseUrl: service.url });
  const answer = await client.generate('hello', { wait: 1 });
  const job = await client.job('job' in answer ? answer.job : '');
  expect(job).toMatchObject({ query: 'hello', status: 'running' });
});

test('a job that was taken but could not be read at once is asked for', async () => {
  const job = { id: 'x', status: 'queued', stages: [] };
  await using server = await startScripted(
    answers(202, { id: 'x', status: 'queued' }),
    busy,
    answers(200, job),
  );
  expect(await createClient({ baseUrl: server.url }).submit({ query: 'x' })).toEqual(job);
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /jobs',
    'GET /jobs/x',
    'GET /jobs/x',
  ]);
});

test('a key is sent as a bearer, through the fetch that is given', async () => {
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
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined]);
  expect(calls).toBe(1);
});
