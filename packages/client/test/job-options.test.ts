import { startBlocked, startSimpleBlocked } from '@codegen/testing/api/blocked-service';
import { hasAbandonmentCheck, waitForClients } from '@codegen/testing/api/client-connection';
import { startService } from '@codegen/testing/api/service';
import { codeBy, reply } from '@codegen/testing/models/replies';
import { answers, busy, loses, relays, startScripted } from '@codegen/testing/network/scripted-server';
import { expect, test } from 'vitest';
import { createClient } from '../src/index.ts';

const simple = { classify: reply('simple') };

test('sends deadline, budget and models, and the job shows them', async () => {
  await using service = await startService({ worker: false, settings: { ALLOWED_MODELS: ['judge'] } });
  const client = createClient({ baseUrl: service.url });
  const limits = { deadlineSeconds: 60, maxCostUsd: 0.1 + 0.2 };
  const models = { reviewer: ['judge'] };
  const job = await client.submit({ query: 'x', ...limits, models });
  expect(job).toMatchObject({ maxCostUsd: limits.maxCostUsd, models });
  expect(Date.parse(job.deadlineAt ?? '') - Date.parse(job.createdAt)).toBe(60_000);
  const other = await client.generate('a & b', { ...limits, maxCostUsd: 1e-7, wait: 0 });
  expect(await client.job('job' in other ? other.job : '')).toMatchObject({
    query: 'a & b',
    maxCostUsd: 1e-7,
  });
});

test('rejects with the problem model-not-allowed for models that are not allowed', async () => {
  await using service = await startService({ worker: false });
  const client = createClient({ baseUrl: service.url });
  const request = { query: 'x', models: { reviewer: ['judge'] } };
  const refused = { status: 422, problem: { type: '/problems/model-not-allowed' } };
  await expect(client.submit(request)).rejects.toMatchObject(refused);
  await expect(client.estimate(request)).rejects.toMatchObject(refused);
});

test('retries an estimate and starts no job', async () => {
  await using service = await startService({ replies: simple });
  await createClient({ baseUrl: service.url }).run({ query: 'x' });
  await using proxy = await startScripted(busy, loses(service.url), relays(service.url));
  const estimate = await createClient({ baseUrl: proxy.url }).estimate({ query: 'x' });
  expect(estimate.simple).toMatchObject({ cost: { low: 0.02, high: 0.02 }, basedOn: { calls: 2 } });
  expect(estimate.complex).toMatchObject({ cost: null, durationMs: null });
  expect(service.models.calls).toHaveLength(2);
  await using other = await startScripted(answers(200, { id: 'x' }));
  await expect(createClient({ baseUrl: other.url }).estimate({ query: 'x' })).rejects.toThrow(/estimate/);
});

test('shows the provisional code of an unfinished job and accepts it', async () => {
  const { service, release } = await startBlocked(['enhance.direct', 'interpret']);
  await using _service = service;
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: 'hello' });
  await service.job(`/jobs/${id}`, ({ provisional }) => provisional !== null);
  const { provisional } = await client.job(id);
  expect(provisional).toMatchObject({ step: 'directCode', code: codeBy('generate.direct') });
  const waiting = client.wait(id);
  const job = await client.accept(id);
  expect(job).toMatchObject({ status: 'completed', result: { code: codeBy('generate.direct') } });
  expect(job.degraded.every(({ code }) => code === 'skipped-by-caller')).toBe(true);
  expect((await waiting).result).toEqual(job.result);
  expect(await client.accept(id)).toEqual(await client.job(id));
  release();
});

test('generate resolves with the provisional code when the wait was too short', async () => {
  await using server = await startScripted(
    answers(202, { id: 'x', provisional: { step: 'directCode', code: 'y' } }),
    answers(202, { id: 'x' }),
  );
  const client = createClient({ baseUrl: server.url });
  expect(await client.generate('q')).toEqual({ job: 'x', provisional: { step: 'directCode', code: 'y' } });
  expect(await client.generate('q')).toEqual({ job: 'x', provisional: null });
});

test('rejects accept with the problem nothing-to-accept while there is no code', async () => {
  const { service, release } = await startSimpleBlocked();
  await using _service = service;
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: 'hello' });
  await expect(client.accept(id)).rejects.toMatchObject({ problem: { type: '/problems/nothing-to-accept' } });
  release();
});

test.each(['generate', 'submit', 'wait', 'events'] as const)(
  'onDisconnect cancels the job when the signal of %s aborts',
  async (method) => {
    const { service } = await startSimpleBlocked({ settings: { DISCONNECT_GRACE_SECONDS: 0 } });
    await using _service = service;
    const client = createClient({ baseUrl: service.url });
    const leaving = new AbortController();
    const options = { signal: leaving.signal, onDisconnect: 'cancel' } as const;
    const begin = async () => (await client.submit({ query: 'hello' })).id;
    const calls = {
      generate: () => client.generate('hello', options),
      submit: () => client.submit({ query: 'hello', wait: 50 }, options),
      wait: async () => client.wait(await begin(), options),
      events: async () => {
        for await (const _ of client.events(await begin(), options));
      },
    };
    const called = calls[method]();
    await service.models.whenCalled('answer');
    const path = `/jobs/${service.models.calls[0]?.run}`;
    await waitForClients(service, path, 1);
    expect(await hasAbandonmentCheck(service, path)).toBe(true);
    leaving.abort(new Error('enough'));
    await expect(called).rejects.toThrow('enough');
    await service.job(path, ({ status }) => status === 'cancelled');
  },
);
