import { startService } from '@codegen/testing/api/service';
import {
  codeBy,
  fails,
  fenced,
  hangs,
  LEAK,
  lost,
  PAID,
  reply,
  writes,
} from '@codegen/testing/models/replies';
import { COMPLEX, complexAfter, complexResponse, LAST_STAGE } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const simple = reply('simple');
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TERMS = { deadlineAt: null, maxCostUsd: null, effort: 'balanced', models: {} };
const PLAIN = { ...TERMS, metadata: {}, webhook: null, provisional: null };
const OPEN = { finishedAt: null, expiresAt: null, durationMs: null };
const NOTHING = { prompt: null, completion: null, reasoning: null, cached: null };

const stageOf = (job: { stages: { name: string }[] }, name: string) =>
  job.stages.find((stage) => stage.name === name);

test('a queued job shows the request and no results', async () => {
  await using service = await startService({ worker: false });
  const { json } = await service.get(await service.begin('sort a list'));
  expect(json).toEqual({
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    threadId: json.id,
    previousJobId: null,
    diff: null,
    status: 'queued',
    query: 'sort a list',
    route: null,
    simulated: null,
    createdAt: expect.stringMatching(ISO),
    ...OPEN,
    ...PLAIN,
    tokens: NOTHING,
    cost: null,
    stages: [
      {
        name: 'classify',
        role: 'classifier',
        status: 'waiting',
        model: null,
        servedModel: null,
        attempts: 0,
        tokens: NOTHING,
        cost: null,
        startedAt: null,
        durationMs: null,
        failure: null,
        ignored: [],
        reused: false,
        calls: [],
      },
    ],
    choice: null,
    rerun: null,
    verification: null,
    degraded: [],
    result: null,
    language: null,
    files: [],
    problem: null,
  });
});

test('a running job shows completed, running and waiting stages', async () => {
  await using service = await startService({ replies: { interpret: hangs } });
  const path = await service.begin();
  const job = await service.job(
    path,
    (now) => stageOf(now, 'enhance.direct') !== undefined && now.stages[0].status === 'completed',
  );
  expect(job).toMatchObject({ status: 'running', route: 'complex', finishedAt: null, result: null });
  await service.models.whenCalled('enhance.direct');
  const later = await service.job(path, (now) =>
    now.stages.some(
      (stage: { name: string; status: string }) =>
        stage.name === 'enhance.direct' && stage.status === 'completed',
    ),
  );
  const statuses = Object.fromEntries(
    later.stages.map(({ name, status }: { name: string; status: string }) => [name, status]),
  );
  expect(statuses).toEqual({
    classify: 'completed',
    interpret: 'running',
    'generate.direct': 'completed',
    'enhance.direct': 'completed',
    'generate.interpreted': 'waiting',
    'enhance.interpreted': 'waiting',
    compare: 'waiting',
    ...Object.fromEntries(complexAfter('compare').map((stage) => [stage, 'waiting'])),
  });
  expect(stageOf(later, 'interpret')).toMatchObject({
    model: 'interpreter-1',
    servedModel: null,
    attempts: 1,
    startedAt: expect.stringMatching(ISO),
    durationMs: null,
  });
  await service.runs.cancel(path.slice('/jobs/'.length));
  await service.finished(path);
});

test('a completed job shows the result, cost and calls', async () => {
  await using service = await startService();
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  expect(json).toMatchObject({
    status: 'completed',
    route: 'complex',
    simulated: false,
    finishedAt: expect.stringMatching(ISO),
    tokens: { prompt: 10 * COMPLEX.length, completion: 5 * COMPLEX.length, reasoning: null, cached: null },
    degraded: [],
    result: complexResponse(),
    language: 'python',
    files: [{ name: null, language: 'python', content: codeBy(LAST_STAGE) }],
    problem: null,
  });
  expect(json.durationMs).toBe(Date.parse(json.finishedAt) - Date.parse(json.createdAt));
  expect(Date.parse(json.expiresAt) - Date.parse(json.finishedAt)).toBe(600_000);
  expect(json.cost).toBeCloseTo(COMPLEX.length * PAID.cost, 10);
  expect(json.stages).toHaveLength(COMPLEX.length);
  expect(stageOf(json, 'classify')).toEqual({
    name: 'classify',
    role: 'classifier',
    status: 'completed',
    model: 'classifier-1',
    servedModel: 'served/classifier-1',
    attempts: 1,
    tokens: { prompt: 10, completion: 5, reasoning: null, cached: null },
    cost: PAID.cost,
    startedAt: expect.stringMatching(ISO),
    durationMs: expect.any(Number),
    failure: null,
    ignored: [],
    reused: false,
    calls: [
      {
        model: 'classifier-1',
        servedModel: 'served/classifier-1',
        provider: null,
        generationId: PAID.generationId,
        outcome: 'finished',
        startedAt: expect.stringMatching(ISO),
        durationMs: expect.any(Number),
        tokens: { prompt: 10, completion: 5, reasoning: null, cached: null },
        cost: PAID.cost,
        figures: 'reported',
        failure: null,
      },
    ],
  });
});

test('unknown tokens and costs are null, and known ones are added', async () => {
  const free = { cost: null, promptTokens: null, completionTokens: null, servedModel: null };
  await using service = await startService({
    replies: { classify: reply('simple', free), answer: reply(fenced('x = 1'), free) },
  });
  const path = await service.begin('nothing known');
  await service.finished(path);
  expect((await service.get(path)).json).toMatchObject({ cost: null, tokens: NOTHING });

  await using other = await startService({
    replies: { classify: reply('simple', free), answer: reply(fenced('x = 1'), { cost: 0 }) },
  });
  const second = await other.begin('one known');
  await other.finished(second);
  expect((await other.get(second)).json).toMatchObject({ cost: 0, tokens: { prompt: 10, completion: 5 } });
});

test('a retried stage shows every call', async () => {
  const busy = fails(
    { intent: 'retry', code: 'overloaded', message: 'busy' },
    { cost: 0.5, promptTokens: 3 },
  );
  const unfit = fails({ intent: 'nextModel', code: 'refused', message: 'no' });
  await using service = await startService({
    replies: { classify: simple, answer: [busy, unfit, writes] },
  });
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  expect(stageOf(json, 'answer')).toMatchObject({
    status: 'completed',
    attempts: 3,
    model: 'instructTuned-2',
    servedModel: 'served/instructTuned-2',
    cost: 0.51,
    tokens: { prompt: 13 },
    failure: null,
    calls: [
      { model: 'instructTuned-1', cost: 0.5, failure: { code: 'overloaded', message: 'busy' } },
      { model: 'instructTuned-1', cost: null, failure: { code: 'refused', message: 'no' } },
      { model: 'instructTuned-2', cost: 0.01, failure: null },
    ],
  });
  expect(json.cost).toBeCloseTo(0.52, 10);
  expect(json.degraded).toEqual([]);
});

test('a degraded job names the stage, the reason and the consequence', async () => {
  await using service = await startService({ replies: { polish: lost } });
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  const { code, why, consequence, stage } = json.degraded[0];
  expect({ stage, code, why }).toEqual({ stage: 'polish', code: 'too-long', why: `${LEAK} by too-long` });
  expect(consequence).toMatch(/\S/);
  expect(json.degraded).toHaveLength(1);
  expect(stageOf(json, 'polish')).toMatchObject({ status: 'failed', failure: { code: 'too-long' } });
});

test('a failed job is a 200 that contains the problem', async () => {
  await using service = await startService({ replies: { classify: simple, answer: lost } });
  const path = await service.begin();
  await service.finished(path);
  const { status, headers, json } = await service.get(path);
  expect(status).toBe(200);
  expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(json).toMatchObject({
    status: 'failed',
    route: 'simple',
    result: null,
    files: [],
    problem: {
      type: '/problems/models-failed',
      status: 502,
      title: expect.any(String),
      stage: 'answer',
      code: 'too-long',
    },
  });
});

test('a job that ended with a question shows the other stages of its route as not started', async () => {
  await using service = await startService({ replies: { interpret: reply('{"unclear": "For whom?"}') } });
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  expect(json).toMatchObject({ status: 'completed', route: 'ambiguous', result: { feedback: 'For whom?' } });
  const open = ['waiting', 'running', 'retrying'];
  expect(json.stages.filter(({ status }: { status: string }) => open.includes(status))).toEqual([]);
  for (const name of ['generate.interpreted', 'enhance.interpreted', 'compare', 'polish'])
    expect(stageOf(json, name)).toMatchObject({ status: 'not-started', calls: [] });
});
