import { once } from 'node:events';
import { connect } from 'node:net';
import { connectBlocking, keysOf } from '@codegen/queue/testing';
import { eventsIn, postChat, postResponse, user } from '@codegen/testing/api/chat';
import { openConnection, waitForClients } from '@codegen/testing/api/client-connection';
import { cancelJob } from '@codegen/testing/api/requests';
import { startService, until } from '@codegen/testing/api/service';
import { hangs, writes } from '@codegen/testing/models/replies';
import { expect, inject, test } from 'vitest';
import { CLIENT_TIMEOUTS } from '../../src/http/server.ts';

const FAST = { model: 'codegen-fast', messages: [user('wait')] };
const replies = { answer: hangs };

test('a shutdown tells waiting clients to repeat their request', async () => {
  await using service = await startService({ replies });
  const plain = postChat(service, FAST);
  const streamed = postChat(service, { ...FAST, stream: true });
  const response = postResponse(service, { model: 'codegen-fast', input: 'wait' });
  const events = postResponse(service, { model: 'codegen-fast', input: 'wait', stream: true });
  await service.models.whenCalled('answer');
  const [job] = (await service.get('/jobs')).json.jobs;
  await waitForClients(service, `/jobs/${job.id}`, 4);
  await service.close();
  for (const { status, headers, json } of [await plain, await response]) {
    expect([status, json.error.code]).toEqual([504, 'job-still-running']);
    expect([headers.get('Retry-After'), headers.get('x-should-retry')]).toEqual(['1', 'true']);
  }
  expect(eventsIn(await streamed).at(-1).error.code).toBe('job-still-running');
  expect(eventsIn(await events).at(-1)).toMatchObject({ type: 'error', code: 'job-still-running' });
});

test('a run that Redis loses ends streams with the advice to repeat the request', async () => {
  await using service = await startService({ replies });
  const streamed = postChat(service, { ...FAST, stream: true });
  const events = postResponse(service, { model: 'codegen-fast', input: 'wait', stream: true });
  await service.models.whenCalled('answer');
  const [job] = (await service.get('/jobs')).json.jobs;
  await waitForClients(service, `/jobs/${job.id}`, 2);
  const redis = connectBlocking(inject('redisUrl'));
  await redis.del(keysOf(service.namespace).run(job.id));
  redis.disconnect();
  const error = eventsIn(await streamed).at(-1).error;
  expect([error.code, error.message]).toEqual(['queue-unavailable', expect.stringMatching(/lost by Redis/)]);
  expect(eventsIn(await events).at(-1)).toMatchObject({ type: 'error', code: 'queue-unavailable' });
});

test('the same request in flight is joined; one with another option is not', async () => {
  await using service = await startService({ replies });
  const streamed = postChat(service, { ...FAST, stream: true });
  await service.models.whenCalled('answer');
  const [{ id }] = (await service.get('/jobs')).json.jobs;
  const plain = postChat(service, FAST);
  const other = postChat(service, { ...FAST, deadlineSeconds: 60 });
  await until(async () => service.models.calls.length === 2);
  const jobs: { id: string }[] = (await service.get('/jobs')).json.jobs;
  expect(jobs).toHaveLength(2);
  await waitForClients(service, `/jobs/${id}`, 2);
  for (const job of jobs) await cancelJob(service, `/jobs/${job.id}`);
  const joined = await plain;
  expect([joined.headers.get('X-Job-Id'), joined.headers.get('X-Job-Coalesced')]).toEqual([id, 'true']);
  expect([joined.json.error.code, joined.headers.get('x-should-retry')]).toEqual(['job-cancelled', 'false']);
  expect(eventsIn(await streamed).at(-1).error.code).toBe('job-cancelled');
  expect((await other).headers.get('X-Job-Id')).not.toBe(id);
});

test('a request without a stream outlives the timeout for idle connections', async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  await using service = await startService({
    replies: { answer: (call, moments) => closed.then(() => writes(call, moments)) },
    settings: { SYNC_WAIT_SECONDS: 0 },
    timeouts: { ...CLIENT_TIMEOUTS, idleMs: 200 },
  });
  const answer = postChat(service, FAST);
  await service.models.whenCalled('answer');
  // A connection that sends nothing is closed by the timeout, later than the request would be.
  const { hostname, port } = new URL(service.url);
  const idle = connect(Number(port), hostname).resume();
  await once(idle, 'close');
  close();
  expect((await answer).status).toBe(200);
});

test('a disconnect cancels the job if the client asked for that, and not otherwise', async () => {
  await using service = await startService({ replies, settings: { DISCONNECT_GRACE_SECONDS: 0 } });
  const disconnect = async (content: string, headers: readonly string[]) => {
    const body = JSON.stringify({ model: 'codegen-fast', messages: [user(content)], stream: true });
    const client = await openConnection(service, 'POST', '/v1/chat/completions', headers, body);
    const find = async () =>
      (await service.get('/jobs')).json.jobs.find(({ query }: { query: string }) => query === content);
    await until(async () => (await find())?.status === 'running');
    client.destroy();
    return `/jobs/${(await find()).id}`;
  };
  const kept = await disconnect('keep', []);
  const cancelled = await disconnect('cancel', ['On-Disconnect: cancel']);
  await service.job(cancelled, ({ status }) => status === 'cancelled');
  expect((await service.get(kept)).json.status).toBe('running');
});
