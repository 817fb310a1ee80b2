import { once } from 'node:events';
import { connect } from 'node:net';
import { waitForClients } from '@codegen/testing/api/client-connection';
import { cancelJob, postJob } from '@codegen/testing/api/requests';
import { expectProblem, type Reply, type Service, startService, until } from '@codegen/testing/api/service';
import { lost, type Reply as ModelReply, reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';
import { storeUnqueuedRun } from '../unqueued-run.ts';

const simple = { classify: reply('simple') };
const async = { Prefer: 'respond-async' };
const idOf = ({ headers }: Reply) => headers.get('X-Job-Id') ?? '';
const isJoined = ({ headers }: Reply) => headers.get('X-Job-Coalesced') === 'true';
const countOf = async (service: Service) => (await service.get('/jobs')).json.jobs.length;

/** A service whose model answers only after `release`. */
async function startBlocked() {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const answer: ModelReply = (call, moments) => promise.then(() => writes(call, moments));
  return { service: await startService({ replies: { ...simple, answer } }), release };
}

test.concurrent.each(['', 'yes', 'TRUE', '0', 'null'])('rejects coalesce=%s', async (value) => {
  await using service = await startService({ worker: false });
  for (const headers of [{}, { 'Idempotency-Key': 'one' }] as Record<string, string>[]) {
    const reply = await service.get(`/generate?query=x&coalesce=${value}`, headers);
    expectProblem(reply, 'invalid-parameter', 400);
  }
  expect(await countOf(service)).toBe(0);
});

test.concurrent('joins the same request in flight, on any API process', async () => {
  const { service, release } = await startBlocked();
  await using _service = service;
  await using other = await startService({ worker: false, settings: { QUEUE_NAMESPACE: service.namespace } });
  const asking = Array.from({ length: 20 }, (_, index) =>
    (index % 2 === 0 ? service : other).get('/generate?query=hello%20there'),
  );
  await service.models.whenCalled('answer');
  const late = service.get('/generate?coalesce=true&query=hello+there');
  const joined = await service.get('/generate?query=hello%20there', async);
  expect(isJoined(joined)).toBe(true);
  await waitForClients(service, `/jobs/${idOf(joined)}`, asking.length + 1);
  release();
  const replies = await Promise.all([...asking, late]);
  for (const { status, json } of replies) {
    expect(status).toBe(200);
    expect(json).toEqual(simpleResponse);
  }
  expect(new Set([...replies, joined].map(idOf)).size).toBe(1);
  expect(replies.filter((reply) => !isJoined(reply))).toHaveLength(1);
  expect(service.models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
  expect(await countOf(service)).toBe(1);
});

test.concurrent('starts a job that no request joins with coalesce=false', async () => {
  await using service = await startService({ worker: false });
  const own = '/generate?query=x&coalesce=false';
  const replies = [
    await service.get(own, async),
    await service.get(own, async),
    await service.get('/generate?query=x', async),
    await postJob(service, { query: 'x' }),
    await service.get('/generate?query=x', { ...async, 'Idempotency-Key': 'one' }),
  ];
  expect(new Set(replies.map(idOf)).size).toBe(replies.length);
  expect(replies.map(isJoined)).toEqual(replies.map(() => false));
  const joined = await service.get('/generate?query=x', async);
  expect([isJoined(joined), idOf(joined)]).toEqual([true, idOf(replies[2] as Reply)]);
});

test.concurrent('does not join a different request', async () => {
  await using service = await startService({ worker: false });
  const queries = ['x', 'X', 'x%20', '%20x', 'x%0A', 'xx'];
  const replies = await Promise.all(queries.map((query) => service.get(`/generate?query=${query}`, async)));
  expect(replies.map(isJoined)).toEqual(queries.map(() => false));
  expect(new Set(replies.map(idOf)).size).toBe(queries.length);
});

test.concurrent('does not join a finished job', async () => {
  await using service = await startService({ replies: simple });
  const first = await service.get('/generate?query=x');
  const second = await service.get('/generate?query=x');
  expect([first, second].map(({ json }) => json)).toEqual([simpleResponse, simpleResponse]);
  expect(isJoined(second)).toBe(false);
  expect(idOf(second)).not.toBe(idOf(first));

  await using failing = await startService({ replies: { ...simple, answer: lost } });
  const failed = await failing.get('/generate?query=x');
  const again = await failing.get('/generate?query=x');
  expect([failed.status, again.status, isJoined(again)]).toEqual([502, 502, false]);
  expect(idOf(again)).not.toBe(idOf(failed));
});

test.concurrent('does not join a cancelled job', async () => {
  await using service = await startService({ worker: false });
  const first = await service.get('/generate?query=x', async);
  await cancelJob(service, `/jobs/${idOf(first)}`);
  const second = await service.get('/generate?query=x', async);
  expect([isJoined(second), idOf(second) === idOf(first)]).toEqual([false, false]);
});

test.concurrent('continues a shared job when one of its clients disconnects', async () => {
  const { service, release } = await startBlocked();
  await using _service = service;
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port) });
  await once(client, 'connect');
  client.write('GET /generate?query=hello HTTP/1.1\r\nHost: x\r\n\r\n');
  await service.models.whenCalled('answer');
  const staying = service.get('/generate?query=hello');
  const brief = await service.get('/generate?query=hello', { Prefer: 'wait=1' });
  expect([brief.status, isJoined(brief)]).toEqual([202, true]);
  client.destroy();
  await once(client, 'close');
  await until(async () => (await service.get(`/jobs/${idOf(brief)}`)).json.status === 'running');
  release();
  const reply = await staying;
  expect([reply.status, isJoined(reply), idOf(reply)]).toEqual([200, true, idOf(brief)]);
  expect(service.models.calls).toHaveLength(2);
});

test.concurrent('queues a stored job that its API process never queued, when a request joins it', async () => {
  await using service = await startService({ replies: simple });
  const id = await storeUnqueuedRun(service.namespace, 'x', { coalesce: true });
  const reply = await service.get('/generate?query=x');
  expect(reply).toMatchObject({ status: 200, json: simpleResponse });
  expect([isJoined(reply), idOf(reply)]).toEqual([true, id]);
});
