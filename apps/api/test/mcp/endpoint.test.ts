import { startSimpleBlocked } from '@codegen/testing/api/blocked-service';
import { hasAbandonmentCheck, waitForClients } from '@codegen/testing/api/client-connection';
import { type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/middleware/key-ring.ts';
import { connectMcp, jobOf, textOf } from './mcp-client.ts';

const ORIGIN = 'https://app.example.org';
const API_KEYS = ['alice', 'bob'].map((caller) => ({ caller, digest: digestOf(`key-${caller}`) }));
const keyOf = (caller: string) => ({ Authorization: `Bearer key-${caller}` });
const generate = { name: 'generate_code', arguments: { query: 'a sum' } };

let service: Service;
beforeAll(async () => {
  const settings = { API_KEYS, CORS_ORIGINS: [ORIGIN], RATE_LIMIT_PER_MINUTE: 2 };
  service = await startService({ replies: { classify: reply('simple') }, settings });
});
afterAll(() => service?.[Symbol.asyncDispose]());

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
const JSON_TYPE = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

async function post(headers: Record<string, string>, body: string = JSON.stringify(list)) {
  const response = await fetch(`${service.url}/mcp`, { method: 'POST', headers, body });
  return { status: response.status, body: await response.text() };
}

describe('a request', () => {
  it('without a key gets 401 and a JSON-RPC error', async () => {
    const { status, body } = await post(JSON_TYPE);
    expect(status).toBe(401);
    expect(JSON.parse(body)).toMatchObject({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32_600, data: { type: '/problems/unauthorized' } },
    });
    await expect(connectMcp(service.url)).rejects.toThrow();
  });

  it.each([
    ['https://other.example.org', 403],
    ['null', 403],
    [ORIGIN, 200],
  ])('with the origin %s gets %i, also with a key', async (Origin, status) => {
    const reply = await post({ ...JSON_TYPE, ...keyOf('alice'), Origin });
    expect(reply.status).toBe(status);
    if (status === 403) expect(JSON.parse(reply.body).error.data.type).toBe('/problems/cross-site-request');
  });

  it('of a page of the service itself is served', async () => {
    expect((await post({ ...JSON_TYPE, ...keyOf('alice'), Origin: service.url })).status).toBe(200);
  });

  it.each([
    ['{', -32_700, 400],
    ['', -32_700, 400],
    [' '.repeat(1024 * 1024 + 1), -32_600, 413],
  ])('with the body %.10j gets the JSON-RPC error %i', async (body, code, status) => {
    const reply = await post({ ...JSON_TYPE, ...keyOf('alice') }, body);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it('with another media type gets 415', async () => {
    const { status, body } = await post({ ...JSON_TYPE, ...keyOf('alice'), 'Content-Type': 'text/plain' });
    expect(status).toBe(415);
    expect(JSON.parse(body).jsonrpc).toBe('2.0');
  });

  it.each(['GET', 'DELETE', 'PUT'])('with the method %s gets 405', async (method) => {
    const response = await fetch(`${service.url}/mcp`, { method, headers: keyOf('alice') });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('POST');
  });
});

describe('callers', () => {
  it('are limited in jobs, not in requests, and see only their own jobs', async () => {
    await using alice = await connectMcp(service.url, { headers: keyOf('alice') });
    await using bob = await connectMcp(service.url, { headers: keyOf('bob') });
    const first = jobOf(await alice.callTool(generate));
    expect(jobOf(await alice.callTool(generate)).status).toBe('completed');
    const refused = await alice.callTool(generate);
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain('/problems/rate-limited');

    const read = { name: 'get_job', arguments: { jobId: first.jobId } };
    expect(jobOf(await alice.callTool(read)).jobId).toBe(first.jobId);
    expect(textOf(await bob.callTool(read))).toContain('/problems/unknown-job');
  });
});

describe('a client that closes the response', () => {
  it.each([
    ['modern', {}, 'cancelled'],
    ['modern', { 'On-Disconnect': 'continue' }, 'running'],
    ['legacy', {}, 'running'],
    ['legacy', { 'On-Disconnect': 'cancel' }, 'cancelled'],
  ] as const)('in the %s era with headers %j leaves the job %s', async (era, headers, status) => {
    const { service, release } = await startSimpleBlocked({ settings: { DISCONNECT_GRACE_SECONDS: 0 } });
    await using _service = service;
    const client = await connectMcp(service.url, { era, headers });
    const call = client.callTool(generate).catch((error: unknown) => error);
    await service.models.whenCalled('answer');
    const path = `/jobs/${service.models.calls[0]?.run}`;
    await waitForClients(service, path, 1);
    await client.close();
    await call;
    await waitForClients(service, path, 0);
    if (status === 'running') expect(await hasAbandonmentCheck(service, path)).toBe(false);
    expect((await service.job(path, (job) => job.status === status)).status).toBe(status);
    release();
  });
});

it('a shutdown of the service returns the running job', async () => {
  const { service, release } = await startSimpleBlocked();
  await using _service = service;
  await using client = await connectMcp(service.url);
  const call = client.callTool(generate);
  await service.models.whenCalled('answer');
  const closing = service.close();
  expect(jobOf(await call).status).toBe('running');
  release();
  await closing;
});
