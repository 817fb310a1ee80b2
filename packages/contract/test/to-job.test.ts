import {
  ABORTED,
  FAILURE_CODES,
  graph,
  NO_OPTIONS,
  type Outcome,
  ROLES,
  ROUTES,
  type Route,
  STEPS,
  type StageRecord,
} from '@codegen/pipeline';
import type { StoredRun } from '@codegen/queue';
import {
  call,
  choice,
  classified,
  failedRecord,
  failure,
  interpreted,
  record,
  skipped,
  wrote,
} from '@codegen/testing/runs/records';
import { expect, test } from 'vitest';
import {
  failureCodeSchema,
  type JobFields,
  jobSchema,
  roleSchema,
  routeSchema,
  stepSchema,
} from '../src/index.ts';
import { toJob } from '../src/to-job.ts';

const CANCELLED: Outcome = { status: 'cancelled' };
const OUT_OF_TIME = failure({ intent: 'giveUp', code: 'deadline' });

/** The job of a run, checked against the schema. */
function jobOf(
  route: Route | null,
  records: readonly StageRecord[],
  outcome: Outcome | null = CANCELLED,
): JobFields {
  const run: StoredRun = {
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    conversation: [{ role: 'user', content: 'hi' }],
    files: [],
    options: NO_OPTIONS,
    seed: 1,
    createdAt: 5,
    route,
    stages: Object.fromEntries(records.map((one) => [one.stage, one])),
    outcome,
    finishedAt: outcome && 4,
    caller: 'anonymous',
    threadId: '01890a5d-ac96-774b-bcce-b302099a8057',
    previousJobId: null,
    diff: null,
    keptUntil: null,
    rerun: null,
    requestedMaxCostUsd: null,
    metadata: {},
    idempotencyKey: null,

    requestId: null,
    traceparent: null,
    turn: 1,
    format: 1,
    webhook: null,
    lastEvent: 1,
    cost: null,
  };
  const job = toJob({ graph, retentionSeconds: 60 }, run);
  expect(jobSchema.parse(job)).toEqual(job);
  return job;
}

const withCalls = (one: StageRecord, ...calls: StageRecord['calls']): StageRecord => ({ ...one, calls });
const statuses = ({ stages }: JobFields) => stages.map(({ name, status }) => [name, status]);
const outcomes = ({ stages }: JobFields) =>
  stages.flatMap(({ name, calls }) => calls.map(({ outcome }) => [name, outcome]));

test('no duration is negative when the clocks of machines differ', () => {
  const classify = record('classify', {
    startedAt: 9,
    endedAt: 4,
    calls: [call('m', null, { startedAt: 9 })],
  });
  const job = jobOf('simple', [classify]);
  expect(job.durationMs).toBe(0);
  expect(job.stages.map(({ durationMs }) => durationMs)).toEqual([0, null]);
});

test('a call has its outcome, models, provider, tokens and cost', () => {
  const paid = {
    servedModel: 'maker/served',
    provider: 'DeepInfra',
    generationId: 'gen-1',
    promptTokens: 1,
    completionTokens: 2,
    reasoningTokens: 3,
    cachedTokens: 4,
    cost: 0.5,
    figures: 'reported',
  } as const;
  const [stage] = jobOf(null, [withCalls(classified('simple'), call('main', null, paid))]).stages;
  expect(stage?.calls).toEqual([
    {
      model: 'main',
      servedModel: 'maker/served',
      provider: 'DeepInfra',
      generationId: 'gen-1',
      outcome: 'finished',
      startedAt: '1970-01-01T00:00:00.000Z',
      durationMs: 0,
      tokens: { prompt: 1, completion: 2, reasoning: 3, cached: 4 },
      cost: 0.5,
      figures: 'reported',
      failure: null,
    },
  ]);
});

test('a finished job lists stages in the order of their starts, then the stages of its route that never started', () => {
  const job = jobOf('complex', [
    withCalls({ ...interpreted, startedAt: 3 }, call('i', ABORTED, { startedAt: 3 })),
    withCalls(
      record('generate.direct', { status: 'cancelled', startedAt: 2 }),
      call('g', failure(), { startedAt: 2 }),
      call('h', null, { startedAt: 4 }),
    ),
    withCalls({ ...classified('complex'), startedAt: 1 }, call('c', null, { startedAt: 1 })),
    record('enhance.direct', { status: 'cancelled', startedAt: 5 }),
  ]);
  expect(statuses(job)).toEqual([
    ['classify', 'completed'],
    ['generate.direct', 'cancelled'],
    ['interpret', 'completed'],
    ['enhance.direct', 'cancelled'],
    ...graph
      .stagesOf('complex')
      .filter(({ stage }) => !['generate.direct', 'interpret', 'enhance.direct'].includes(stage.name))
      .map(({ stage }) => [stage.name, 'not-started']),
  ]);
  expect(outcomes(job)).toEqual([
    ['classify', 'finished'],
    ['generate.direct', 'failed'],
    ['generate.direct', 'finished'],
    ['interpret', 'aborted'],
  ]);
});

test('a job that finished before classification lists that stage as not started, without calls', () => {
  const { stages, cost } = jobOf(null, []);
  expect(stages).toMatchObject([
    { name: 'classify', role: 'classifier', status: 'not-started', startedAt: null, attempts: 0, calls: [] },
  ]);
  expect(cost).toBeNull();
});

test('a stage without permission for a call fails without calls, and a stage without work is skipped', () => {
  const refused = record('answer', { status: 'failed', failure: OUT_OF_TIME });
  const { stages } = jobOf('simple', [classified('simple'), refused, skipped('compare')]);
  expect(stages.map(({ name, status, failure, calls }) => [name, status, failure?.code, calls])).toEqual([
    ['classify', 'completed', undefined, []],
    ['answer', 'failed', 'deadline', []],
    ['compare', 'skipped', undefined, []],
  ]);
});

test('an unfinished job shows its open calls as running and its next stages as waiting', () => {
  const classify = withCalls(
    classified('simple'),
    call('m', failure({ code: 'worker-lost' }), { durationMs: null }),
    call('m', null),
  );
  expect(statuses(jobOf('simple', [classify], null))).toEqual([
    ['classify', 'completed'],
    ['answer', 'waiting'],
  ]);
  const running = record('answer', { status: 'running', endedAt: null });
  const job = jobOf('simple', [classify, withCalls(running, call('m', null, { durationMs: null }))], null);
  expect(outcomes(job)).toEqual([
    ['classify', 'failed'],
    ['classify', 'finished'],
    ['answer', 'running'],
  ]);
});

test('the contract names the roles, routes, steps and failure codes of the pipeline', () => {
  expect(roleSchema.options).toEqual(ROLES);
  expect(routeSchema.options).toEqual(ROUTES);
  expect(stepSchema.options).toEqual(STEPS);
  expect(failureCodeSchema.options).toEqual(FAILURE_CODES);
});

test('the choice is that of the reviewer, and names the stage that wrote the code', () => {
  const records = [
    classified('complex'),
    wrote('generate.direct'),
    failedRecord('enhance.direct', { output: choice('generate.direct', 'unimproved') }),
    record('compare', { output: choice('enhance.direct', 'shorter') }),
  ];
  const chosen = { stage: 'generate.direct', reason: 'shorter' };
  expect(jobOf('complex', records).choice).toEqual({ ...chosen, candidates: null });
  const candidates = ['enhance.interpreted', 'enhance.direct'] as const;
  const byModel = record('compare', { output: { ...choice('enhance.direct', 'shorter'), candidates } });
  expect(jobOf('complex', [...records, byModel]).choice).toEqual({ ...chosen, candidates });
  expect(jobOf('complex', records.slice(0, 3)).choice).toBeNull();
});

test('a stage tells whether its output is that of an earlier job', () => {
  const reused: StageRecord = { ...wrote('generate.direct'), reused: true };
  const { stages } = jobOf('complex', [classified('complex'), reused]);
  expect(stages.map(({ name, reused }) => [name, reused])).toContainEqual(['generate.direct', true]);
  expect(stages.map(({ name, reused }) => [name, reused])).toContainEqual(['classify', false]);
});
