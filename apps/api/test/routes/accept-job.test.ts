import { STEPS } from '@codegen/pipeline';
import { startBlocked, startSimpleBlocked } from '@codegen/testing/api/blocked-service';
import { allFrames } from '@codegen/testing/api/event-frames';
import { cancelJob, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { codeBy, hangs, lost, reply } from '@codegen/testing/models/replies';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import { complexAfter, complexResponse, finalSteps } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const accept = (service: Service, path: string) => send(service, 'POST', `${path}/accept`);
const hasCode = (service: Service, path: string, step: string) =>
  service.job(path, ({ provisional }) => provisional?.step === step);

test.concurrent('returns 404 for an unknown job', async () => {
  await using service = await startService({ worker: false });
  expectProblem(await accept(service, '/jobs/00000000-0000-4000-8000-000000000000'), 'unknown-job', 404);
  expectProblem(await accept(service, '/jobs/nonsense'), 'malformed-job-id', 400);
  const path = await service.begin();
  const reply = await service.get(`${path}/accept`);
  expectProblem(reply, 'method-not-allowed', 405);
  expect(reply.headers.get('Allow')).toBe('POST');
});

test.concurrent('returns 409 for a job without code, which continues', async () => {
  await using queued = await startService({ worker: false });
  expectProblem(await accept(queued, await queued.begin()), 'nothing-to-accept', 409);

  const { service, release } = await startSimpleBlocked();
  await using _service = service;
  const path = await service.begin();
  await service.models.whenCalled('answer');
  const reply = await accept(service, path);
  expectProblem(reply, 'nothing-to-accept', 409);
  expect(reply.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  release();
  expect((await service.finished(path)).outcome).toMatchObject({ status: 'completed', degraded: [] });
});

test.concurrent('completes the job with its best code and stops the other stages', async () => {
  await using service = await startService({
    replies: { 'enhance.direct': hangs, interpret: hangs },
    keepFinishedJobs: { count: 0 },
  });
  const path = await service.begin();
  await hasCode(service, path, 'directCode');
  await service.models.whenCalled('interpret');
  await service.models.whenCalled('enhance.direct');
  const waiting = {
    generate: service.get('/generate?query=hello'),
    poll: service.get(`${path}?wait=50`),
    events: allFrames(`${service.url}${path}/events`),
  };
  const { status, json } = await accept(service, path);
  expect(status).toBe(200);
  const code = codeBy('generate.direct');
  const empty = Object.fromEntries(STEPS.filter((step) => step !== 'directCode').map((step) => [step, '']));
  expect(json).toMatchObject({
    status: 'completed',
    route: 'complex',
    result: complexResponse(empty, code),
    language: 'python',
    provisional: null,
    problem: null,
  });
  const skipped = [
    'enhance.direct',
    'interpret',
    'generate.interpreted',
    'enhance.interpreted',
    'compare',
    ...complexAfter('compare'),
  ];
  expect(json.degraded.map(({ stage }: { stage: string }) => stage)).toEqual(skipped);
  for (const one of json.degraded)
    expect(one).toMatchObject({
      code: 'skipped-by-caller',
      consequence: expect.stringContaining('generate.direct'),
    });

  await until(async () => service.models.calls.filter(({ ended }) => ended === 'aborted').length === 2);
  const stages = (await service.get(path)).json.stages as { name: string; status: string }[];
  expect(
    stages
      .filter(({ status }) => status === 'cancelled')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['enhance.direct', 'interpret']);
  // Queued stages end without a call.
  await until(
    async () =>
      ![...(await storedKeys(service.namespace)).keys()].some((name) => name.startsWith(`stages:${json.id}`)),
  );
  expect(service.models.calls.map(({ stage }) => stage).sort()).toEqual([
    'classify',
    'enhance.direct',
    'generate.direct',
    'interpret',
  ]);

  expect(await waiting.generate).toMatchObject({ status: 200, json: complexResponse(empty, code) });
  expect((await waiting.poll).json).toMatchObject({ status: 'completed', result: json.result });
  expect((await waiting.events).at(-1)).toMatchObject({
    type: 'job.finished',
    data: { status: 'completed', job: { result: json.result } },
  });
});

test.concurrent('reports earlier failures too', async () => {
  const { service, release } = await startBlocked(['polish'], {}, { 'enhance.direct': lost });
  await using _service = service;
  const path = await service.begin();
  await hasCode(service, path, 'bestImplementation');
  const { json } = await accept(service, path);
  expect(json.result).toEqual(
    complexResponse(
      {
        ...finalSteps(''),
        bestImplementation: codeBy('enhance.interpreted'),
        enhancedDirectCode: codeBy('generate.direct'),
      },
      codeBy('enhance.interpreted'),
    ),
  );
  expect(json.degraded).toMatchObject([
    { stage: 'enhance.direct', code: 'too-long' },
    ...complexAfter('compare').map((stage) => ({ stage, code: 'skipped-by-caller' })),
  ]);
  release();
});

test.concurrent.each([
  ['completed', { classify: reply('simple') }],
  ['failed', { classify: reply('simple'), answer: lost }],
  ['asked back', { classify: reply('ambiguous') }],
])('returns a job that has %s unchanged', async (_, replies) => {
  await using service = await startService({ replies });
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  const reply = await accept(service, path);
  expect({ status: reply.status, json: reply.json }).toEqual({ status: 200, json });
});

test.concurrent('returns a cancelled job unchanged, and an accepted one cannot be cancelled', async () => {
  const { service, release } = await startBlocked(['polish']);
  await using _service = service;
  const { json } = await postJob(service, { query: 'x' });
  await cancelJob(service, `/jobs/${json.id}`);
  expect((await accept(service, `/jobs/${json.id}`)).json).toMatchObject({
    status: 'cancelled',
    result: null,
  });

  const path = await service.begin();
  await hasCode(service, path, 'bestImplementation');
  const accepted = await accept(service, path);
  const cancelled = await cancelJob(service, path);
  expect(cancelled.status).toBe(200);
  expect(cancelled.json.result).toEqual(accepted.json.result);
  release();
});

test.concurrent('returns the one outcome to concurrent accepts, cancels and completion', async () => {
  const { service, release } = await startBlocked(['polish']);
  await using _service = service;
  const paths = await Promise.all(['a', 'b'].map((query) => service.begin(query)));
  await Promise.all(paths.map((path) => hasCode(service, path, 'bestImplementation')));
  release();
  const ended = await Promise.all(
    paths.map(async (path, index) => {
      const rivals = [
        accept(service, path),
        accept(service, path),
        ...(index % 2 ? [cancelJob(service, path)] : []),
      ];
      return { path, replies: await Promise.all(rivals) };
    }),
  );
  for (const { path, replies } of ended) {
    const run = await service.finished(path);
    const { json } = await service.get(path);
    expect(run.outcome).toMatchObject({ status: json.status });
    for (const reply of replies)
      expect(reply.json).toMatchObject({ status: json.status, result: json.result });
  }
});
