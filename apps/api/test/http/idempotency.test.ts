import { cancelJob, postJob } from '@codegen/testing/api/requests';
import { expectProblem, type Reply, type Service, startService } from '@codegen/testing/api/service';
import { hangs, lost, reply } from '@codegen/testing/models/replies';
import { COMPLEX, simpleResponse } from '@codegen/testing/runs/case';
import { describe, expect, inject, test } from 'vitest';
import { storeUnqueuedRun } from '../unqueued-run.ts';

const simple = { classify: reply('simple') };
const key = { 'Idempotency-Key': 'one' };
const at = (query: string) => `/generate?query=${encodeURIComponent(query)}`;
const jobsOf = async (service: Service) => (await service.get('/jobs')).json.jobs;

function expectSame(reply: Reply, id: string) {
  expect(reply.headers.get('X-Job-Id')).toBe(id);
  expect(reply.headers.get('Link')).toBe(`</jobs/${id}>; rel="status"`);
  expect(reply.headers.get('Idempotent-Replayed')).toBe('true');
  expect(reply.headers.get('X-Job-Coalesced')).toBeNull();
}

describe('a key reused for a different request', () => {
  test.concurrent('is rejected and starts no job', async () => {
    await using service = await startService({ worker: false });
    const job = { query: 'x', metadata: { a: 'b' } };
    const { json } = await postJob(service, job, key);
    for (const other of [
      postJob(service, { ...job, query: 'y' }, key),
      postJob(service, { ...job, metadata: { a: 'c' } }, key),
      postJob(service, { query: 'x' }, key),
      postJob(
        service,
        {
          ...job,
          query: undefined,
          messages: [
            { role: 'assistant', content: 'x' },
            { role: 'user', content: 'x' },
          ],
        },
        key,
      ),
      service.get(at('x'), key),
    ]) {
      const reply = await other;
      expectProblem(reply, 'idempotency-key-reused', 422);
      expect(reply.json.detail).toContain(json.id);
      expect(reply.headers.get('X-Job-Id')).toBeNull();
    }
    expect((await jobsOf(service)).map(({ id }: { id: string }) => id)).toEqual([json.id]);
  });
});

describe('a key repeated with the same request', () => {
  test.concurrent('returns the same job while it runs and after it finished', async () => {
    await using service = await startService({ replies: simple });
    const first = await postJob(service, { query: 'x' }, key);
    expect(first.status).toBe(202);
    expect(first.headers.get('Idempotent-Replayed')).toBeNull();
    const waited = await postJob(service, { query: 'x', wait: 30 }, key);
    expectSame(waited, first.json.id);
    expect(waited).toMatchObject({ status: 200, json: { id: first.json.id, result: simpleResponse } });
    const again = await postJob(service, { query: 'x' }, { ...key, Prefer: 'respond-async' });
    expect(again.status).toBe(200);
    expect(again.json).toEqual(waited.json);
    expect(service.models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
  });

  test.concurrent('returns the same job if the requests are equivalent', async () => {
    await using service = await startService({ worker: false });
    const metadata = { a: '1', b: '2' };
    const { json } = await postJob(service, { query: 'x', metadata }, key);
    const messages = [{ content: 'x', role: 'user' }];
    for (const job of [
      { metadata: { b: '2', a: '1' }, query: 'x' },
      { messages, metadata },
      { messages, metadata, wait: 0 },
    ])
      expectSame(await postJob(service, job, key), json.id);
    expect(await jobsOf(service)).toEqual([json]);
  });

  test.concurrent('returns the same job for GET /generate and POST /jobs', async () => {
    await using service = await startService({ replies: simple });
    const posted = await postJob(service, { query: 'x' }, key);
    const got = await service.get(at('x'), key);
    expectSame(got, posted.json.id);
    expect(got).toMatchObject({ status: 200, json: simpleResponse });

    const other = { 'Idempotency-Key': 'two' };
    const first = await service.get(at('x'), other);
    const second = await postJob(service, { query: 'x' }, other);
    expectSame(second, first.headers.get('X-Job-Id') ?? '');
    expect(second).toMatchObject({ status: 200, json: { result: simpleResponse } });
    expect(await jobsOf(service)).toHaveLength(2);
  });

  test.concurrent('starts one job for concurrent requests to any API process', async () => {
    await using service = await startService({ replies: simple });
    await using other = await startService({
      worker: false,
      settings: { QUEUE_NAMESPACE: service.namespace },
    });
    const requests = Array.from({ length: 20 }, (_, index) =>
      postJob(index % 2 === 0 ? service : other, { query: 'x', wait: 30 }, key),
    );
    const replies = await Promise.all(requests);
    const [{ json } = { json: null }] = replies;
    expect(json.result).toEqual(simpleResponse);
    for (const reply of replies) expect(reply).toMatchObject({ status: 200, json });
    expect(replies.filter(({ headers }) => headers.get('Idempotent-Replayed') === null)).toHaveLength(1);
    expect(service.models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
    expect(await jobsOf(service)).toEqual([json]);
  });

  test.concurrent('starts one complex job while the request is repeated', async () => {
    await using service = await startService();
    const asks = inject('redisKind') === 'embedded' ? 20 : 100;
    const first = await postJob(service, { query: 'x' }, key);
    for (let index = 0; index < asks; index++) await postJob(service, { query: 'x' }, key);
    expect((await service.finished(`/jobs/${first.json.id}`)).outcome).toMatchObject({ degraded: [] });
    expect(service.models.calls).toHaveLength(COMPLEX.length);
  });

  test.concurrent('returns the same job if it failed or was cancelled', async () => {
    await using service = await startService({ replies: { ...simple, answer: lost } });
    const failed = await postJob(service, { query: 'x', wait: 30 }, key);
    const again = await postJob(service, { query: 'x', wait: 30 }, key);
    expectSame(again, failed.json.id);
    expect(again.json).toEqual(failed.json);
    expectProblem(await service.get(at('x'), key), 'models-failed', 502);

    await using held = await startService({ replies: { classify: hangs } });
    const { json } = await postJob(held, { query: 'x' }, key);
    await cancelJob(held, `/jobs/${json.id}`);
    expect((await postJob(held, { query: 'x' }, key)).json).toMatchObject({
      id: json.id,
      status: 'cancelled',
    });
    expectProblem(await held.get(at('x'), key), 'job-cancelled', 409);
  });
});

test.concurrent('starts a job per key', async () => {
  await using service = await startService({ worker: false });
  const keys = ['one', 'One', 'one.', '"one"', 'x'.repeat(255), '!~'];
  const ids = await Promise.all(
    keys.map(async (each) => {
      const { status, json } = await postJob(service, { query: 'x' }, { 'Idempotency-Key': each });
      expect(status).toBe(202);
      return json.id;
    }),
  );
  expect(new Set(ids).size).toBe(keys.length);
  expect((await service.get('/jobs?idempotencyKey=One')).json.jobs).toMatchObject([{ id: ids[1] }]);
});

test.concurrent.each([
  ['POST /jobs', (service: Service) => postJob(service, { query: 'x' }, key)],
  ['GET /generate', (service: Service) => service.get(at('x'), key)],
])('queues a stored job that its API process never queued, on the next %s with its key', async (_, send) => {
  await using service = await startService({ replies: simple });
  const id = await storeUnqueuedRun(service.namespace, 'x', { idempotencyKey: 'one' });
  expect((await service.get(`/jobs/${id}`)).json.status).toBe('queued');
  const replies = await Promise.all([1, 2, 3].map(() => send(service)));
  for (const reply of replies) expectSame(reply, id);
  expect((await service.finished(`/jobs/${id}`)).outcome).toMatchObject({ response: simpleResponse });
  expect(service.models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
});
