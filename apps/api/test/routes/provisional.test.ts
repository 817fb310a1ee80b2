import { startBlocked, startSimpleBlocked } from '@codegen/testing/api/blocked-service';
import { postJob } from '@codegen/testing/api/requests';
import { type Service, startService, until } from '@codegen/testing/api/service';
import { codeBy, lost, reply } from '@codegen/testing/models/replies';
import { complexAfter } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const provisionalOf = async (service: Service, path: string) => (await service.get(path)).json.provisional;
const after = (service: Service, path: string, step: string) =>
  until(async () => (await provisionalOf(service, path))?.step === step);

test.concurrent('is null without usable code', async () => {
  const { service, release } = await startBlocked(['generate.direct', 'generate.interpreted']);
  await using _service = service;
  const reply = await service.get('/generate?query=x', { Prefer: 'wait=1' });
  expect(reply.status).toBe(202);
  expect(reply.json).not.toHaveProperty('provisional');
  const path = reply.headers.get('Location') ?? '';
  await service.models.whenCalled('generate.interpreted');
  expect((await service.get(path)).json).toMatchObject({ status: 'running', provisional: null });
  release();
});

test.concurrent('is null for a simple job', async () => {
  const { service, release } = await startSimpleBlocked();
  await using _service = service;
  const { status, json } = await postJob(service, { query: 'x', wait: 1 });
  expect(status).toBe(202);
  expect(json.provisional).toBeNull();
  release();
  await service.finished(`/jobs/${json.id}`);
  expect((await service.get(`/jobs/${json.id}`)).json).toMatchObject({
    status: 'completed',
    provisional: null,
  });
});

test.concurrent('is null if the output is an error, a refusal or prose', async () => {
  const { service, release } = await startBlocked(['interpret'], {}, { 'generate.direct': lost });
  await using _service = service;
  const path = await service.begin();
  await service.models.whenFailed('generate.direct');
  await service.job(path, ({ stages }) =>
    stages.some(
      (stage: { name: string; status: string }) =>
        stage.name === 'enhance.direct' && stage.status === 'skipped',
    ),
  );
  expect(await provisionalOf(service, path)).toBeNull();
  release();
});

test.concurrent('is in the 202 after a wait, with the remaining stages', async () => {
  const { service, release } = await startBlocked(['enhance.direct', 'enhance.interpreted']);
  await using _service = service;
  const begun = await service.get('/generate?query=x', { Prefer: 'respond-async' });
  expect(begun.json).not.toHaveProperty('provisional');
  const path = begun.headers.get('Location') ?? '';
  await after(service, path, 'interpretedCode');
  const provisional = {
    step: 'interpretedCode',
    stage: 'generate.interpreted',
    code: codeBy('generate.interpreted'),
    language: 'python',
    remaining: ['enhance.direct', 'enhance.interpreted', 'compare', ...complexAfter('compare')],
  };
  const joined = await service.get('/generate?query=x', { Prefer: 'wait=1' });
  expect(joined.status).toBe(202);
  expect(joined.json).toEqual({
    id: path.slice('/jobs/'.length),
    status: 'accepted',
    job: path,
    provisional,
  });
  const job = (await service.get(path)).json;
  expect(job).toMatchObject({ status: 'running', result: null, language: null, files: [], provisional });
  expect((await service.get(`${path}?wait=1`)).json).toMatchObject({ status: 'running', provisional });
  release();
  await service.finished(path);
  expect(await provisionalOf(service, path)).toBeNull();
});

test.concurrent('is in the response of POST /jobs', async () => {
  const { service, release } = await startBlocked(['polish']);
  await using _service = service;
  const key = { 'Idempotency-Key': 'one' };
  const { json } = await postJob(service, { query: 'x' }, key);
  await after(service, `/jobs/${json.id}`, 'bestImplementation');
  const again = await postJob(service, { query: 'x', wait: 1 }, key);
  expect(again.status).toBe(202);
  expect(again.json.provisional).toMatchObject({
    step: 'bestImplementation',
    remaining: complexAfter('compare'),
  });
  release();
});

test.concurrent('is null for an ambiguous job', async () => {
  await using service = await startService({ replies: { classify: reply('ambiguous') } });
  const path = await service.begin();
  await service.finished(path);
  expect(await provisionalOf(service, path)).toBeNull();
});
