import { startSimpleBlocked } from '@codegen/testing/api/blocked-service';
import { hasAbandonmentCheck, openConnection, waitForClients } from '@codegen/testing/api/client-connection';
import { allFrames } from '@codegen/testing/api/event-frames';
import { postJob } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { simpleResponse } from '@codegen/testing/runs/case';
import { describe, expect, test } from 'vitest';

const CANCEL = 'on_disconnect=cancel';
/** Without a grace period a job is cancelled at the next check. */
const now = { settings: { DISCONNECT_GRACE_SECONDS: 0 } };
const patient = { settings: { DISCONNECT_GRACE_SECONDS: 3_600 } };

const pathOf = async (service: Service) => {
  await service.models.whenCalled('answer');
  return `/jobs/${service.models.calls[0]?.run}`;
};
const statusOf = async (service: Service, path: string) => (await service.get(path)).json.status;

/** Asserts that a job continues and completes. */
async function expectToComplete(service: Service, path: string, release: () => void) {
  expect(await statusOf(service, path)).toBe('running');
  release();
  expect((await service.finished(path)).outcome).toMatchObject({ response: simpleResponse });
}

describe('on_disconnect', () => {
  test.concurrent.each(['', 'true', 'Cancel', `cancel&${CANCEL}`])('rejects the value %j', async (value) => {
    await using service = await startService({ worker: false });
    const path = await service.begin('first');
    const query = `on_disconnect=${value}`;
    for (const reply of [
      await service.get(`/generate?query=x&${query}`),
      await service.get(`${path}?wait=1&${query}`),
      await service.get(`${path}/events?${query}`),
      await service.get('/generate?query=x', { 'On-Disconnect': value || 'no' }),
      await postJob(service, { query: 'x', wait: 1 }, { 'On-Disconnect': value || 'no' }),
    ])
      expectProblem(reply, 'invalid-parameter', 400);
    expect((await service.get('/jobs')).json.jobs).toHaveLength(1);
  });
});

describe('a job continues', () => {
  test.concurrent.each<[string, string]>([
    ['on_disconnect is absent', ''],
    ['on_disconnect is continue', '&on_disconnect=continue'],
  ])('when its last client disconnected and %s', async (_, more) => {
    const { service, release } = await startSimpleBlocked(now);
    await using _service = service;
    const client = await openConnection(service, 'GET', `/generate?query=x${more}`);
    const path = await pathOf(service);
    await waitForClients(service, path, 1);
    client.destroy();
    await waitForClients(service, path, 0);
    expect(await hasAbandonmentCheck(service, path)).toBe(false);
    await expectToComplete(service, path, release);
  });

  test.concurrent('when a wait times out, which is no disconnect', async () => {
    const { service, release } = await startSimpleBlocked(now);
    await using _service = service;
    const { status, json } = await postJob(service, { query: 'x', wait: 1 }, { 'On-Disconnect': 'cancel' });
    expect(status).toBe(202);
    const path = `/jobs/${json.id}`;
    await until(async () => !(await hasAbandonmentCheck(service, path)));
    const polled = await service.get(`${path}?wait=1&${CANCEL}`);
    expect(polled.json.status).toBe('running');
    await until(async () => !(await hasAbandonmentCheck(service, path)));
    await expectToComplete(service, path, release);
  });

  test.concurrent('while another client waits for it, on any API process', async () => {
    const { service, release } = await startSimpleBlocked(now);
    await using _service = service;
    const settings = { ...now.settings, QUEUE_NAMESPACE: service.namespace };
    await using other = await startService({ worker: false, settings });
    const client = await openConnection(service, 'GET', `/generate?query=x&coalesce=false&${CANCEL}`);
    const path = await pathOf(service);
    const staying = other.get(`${path}?wait=50`);
    await waitForClients(service, path, 2);
    client.destroy();
    await waitForClients(service, path, 1);
    expect(await statusOf(service, path)).toBe('running');
    release();
    expect((await staying).json).toMatchObject({ status: 'completed', result: simpleResponse });
  });

  test.concurrent.each<[string, string, string]>([
    ['the client that joined left on_disconnect at continue', `&${CANCEL}`, ''],
    ['the client that started the job left on_disconnect at continue', '', `&${CANCEL}`],
  ])('when all clients disconnected, but %s', async (_, first, second) => {
    const { service, release } = await startSimpleBlocked(now);
    await using _service = service;
    const creator = await openConnection(service, 'GET', `/generate?query=x${first}`);
    const path = await pathOf(service);
    await waitForClients(service, path, 1);
    const joiner = await openConnection(service, 'GET', `/generate?query=x${second}`);
    await waitForClients(service, path, 2);
    joiner.destroy();
    await waitForClients(service, path, 1);
    creator.destroy();
    await waitForClients(service, path, 0);
    await until(async () => !(await hasAbandonmentCheck(service, path)));
    await expectToComplete(service, path, release);
  });

  test.concurrent('when its client reconnects within the grace period', async () => {
    const { service, release } = await startSimpleBlocked(patient);
    await using _service = service;
    const client = await openConnection(service, 'GET', `/generate?query=x&${CANCEL}`);
    const path = await pathOf(service);
    await waitForClients(service, path, 1);
    client.destroy();
    await waitForClients(service, path, 0);
    expect(await hasAbandonmentCheck(service, path)).toBe(true);
    const back = service.get(`${path}?wait=50&${CANCEL}`);
    await waitForClients(service, path, 1);
    release();
    expect((await back).json).toMatchObject({ status: 'completed', result: simpleResponse });
    expect(await hasAbandonmentCheck(service, path)).toBe(false);
  });
});

describe('a job is cancelled when its last client disconnects', () => {
  const job = JSON.stringify({ query: 'x', wait: 50 });
  test.concurrent.each<[string, (service: Service) => ReturnType<typeof openConnection>]>([
    ['GET /generate', (service) => openConnection(service, 'GET', `/generate?query=x&${CANCEL}`)],
    [
      'GET /generate, by a header',
      (service) => openConnection(service, 'GET', '/generate?query=x', ['on-disconnect: cancel']),
    ],
    ['POST /jobs', (service) => openConnection(service, 'POST', `/jobs?${CANCEL}`, [], job)],
    [
      'POST /jobs, by a header',
      (service) => openConnection(service, 'POST', '/jobs', ['On-Disconnect: cancel'], job),
    ],
    [
      'GET /jobs/:id?wait=',
      async (service) => openConnection(service, 'GET', `${await service.begin()}?wait=50&${CANCEL}`),
    ],
    [
      'GET /jobs/:id/events',
      async (service) => openConnection(service, 'GET', `${await service.begin()}/events?${CANCEL}`),
    ],
  ])('%s', async (_, ask) => {
    const { service } = await startSimpleBlocked(now);
    await using _service = service;
    const client = await ask(service);
    const path = await pathOf(service);
    await waitForClients(service, path, 1);
    expect(await hasAbandonmentCheck(service, path)).toBe(true);
    client.destroy();
    await service.job(path, ({ status }) => status === 'cancelled');
    await until(async () => service.models.calls.at(-1)?.ended === 'aborted');
    expect(await hasAbandonmentCheck(service, path)).toBe(false);
  });

  test.concurrent('if any of its clients sent cancel, on any API process', async () => {
    const { service } = await startSimpleBlocked(now);
    await using _service = service;
    const settings = { ...now.settings, QUEUE_NAMESPACE: service.namespace };
    await using other = await startService({ worker: false, settings });
    const path = await service.begin();
    await service.models.whenCalled('answer');
    const clients = await Promise.all([
      openConnection(service, 'GET', `${path}?wait=50&${CANCEL}`),
      openConnection(other, 'GET', `${path}/events?${CANCEL}`),
      openConnection(other, 'GET', `${path}?wait=50`),
    ]);
    for (const [index, client] of clients.entries()) {
      await waitForClients(service, path, clients.length - index);
      expect(await statusOf(service, path)).toBe('running');
      client.destroy();
    }
    await service.job(path, ({ status }) => status === 'cancelled');
  });

  test.concurrent('and a client that reconnects too late gets the cancelled job', async () => {
    const { service } = await startSimpleBlocked(now);
    await using _service = service;
    const client = await openConnection(service, 'GET', `/generate?query=x&${CANCEL}`);
    const path = await pathOf(service);
    client.destroy();
    await service.job(path, ({ status }) => status === 'cancelled');
    expect((await service.get(`${path}?wait=50&${CANCEL}`)).json.status).toBe('cancelled');
    const last = (await allFrames(`${service.url}${path}/events?${CANCEL}`)).at(-1);
    expect(last).toMatchObject({ type: 'job.finished', data: { status: 'cancelled' } });
  });
});
