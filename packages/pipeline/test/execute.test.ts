import { failure, usage } from '@codegen/testing/runs/records';
import { expect, test } from 'vitest';
import { execute, type SleepUntil } from '../src/execute.ts';
import { chain, defineGraph, parallel } from '../src/graph/define-graph.ts';
import { NO_OPTIONS } from '../src/policy/options.ts';
import type { CallModel } from '../src/policy/runtime.ts';
import { ABORTED, StageError } from '../src/run/failure.ts';
import { stageNamed } from './fixtures.ts';
import { graph } from './run-fixtures.ts';

const request = { id: 'r', conversation: [{ role: 'user' as const, content: 'hi' }], seed: 1 };
const runtime = (callModel: CallModel, sleepUntil: SleepUntil = async () => {}) => ({
  callModel,
  sleepUntil,
  models: () => ['main'],
  policy: { tries: 2, baseDelayMs: 100, fallbackAfterMs: 1_000, longestWaitMs: 1_000 },
  now: () => 1_000,
  random: () => 1,
});
const NEVER = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test('an unexpected error is thrown and aborts the open calls', async () => {
  const { promise: running, resolve: begin } = Promise.withResolvers<AbortSignal>();
  const broken = stageNamed('broken', {
    withoutModel: () => {
      throw new TypeError('a bug');
    },
  });
  const graph = defineGraph({
    entry: chain(stageNamed('first', { withoutModel: () => ({ kind: 'route', route: 'complex' }) })),
    routes: {
      simple: chain(stageNamed('a')),
      ambiguous: chain(stageNamed('b')),
      complex: chain(parallel(chain(stageNamed('slow')), chain(broken)), stageNamed('join')),
      text: chain(stageNamed('c')),
      edit: chain(stageNamed('d')),
    },
    fallbacks: {},
  });
  const callModel: CallModel = (_, signal) => {
    begin(signal);
    return untilAborted(signal);
  };
  await expect(execute(graph, request, runtime(callModel), NEVER)).rejects.toThrow('a bug');
  expect((await running).aborted).toBe(true);
});

test('a stage sleeps until its next call is due', async () => {
  const slept: number[] = [];
  const callModel: CallModel = async ({ attempt }) => {
    if (attempt === 1) throw new StageError(failure({ retryAfterMs: 700 }));
    return { ...usage(), text: 'ambiguous' };
  };
  const sleep: SleepUntil = async (at, signal) => {
    slept.push(at);
    return untilAborted(signal);
  };
  const controller = new AbortController();
  const running = execute(graph, request, runtime(callModel, sleep), controller.signal);
  await expect.poll(() => slept).not.toEqual([]);
  controller.abort();
  expect((await running).stages.classify).toMatchObject({ status: 'cancelled', retryAt: null, calls: [{}] });
  expect(slept).toEqual([1_700]);
});

test('a finished run begins no stage and has no open stage', async () => {
  const controller = new AbortController();
  const callModel: CallModel = async ({ stage }, signal) => {
    if (stage.name === 'classify') return { ...usage(), text: 'simple' };
    controller.abort();
    return untilAborted(signal);
  };
  const run = await execute(graph, request, runtime(callModel), controller.signal);
  expect(run).toMatchObject({ outcome: { status: 'cancelled' }, finishedAt: 1_000, route: 'simple' });
  expect(run.stages.answer).toMatchObject({ status: 'cancelled', calls: [{ failure: { code: 'aborted' } }] });
});

test('the first outcome of a run stays', async () => {
  const texts: Record<string, PromiseWithResolvers<string>> = {
    interpret: Promise.withResolvers(),
    'generate.direct': Promise.withResolvers(),
  };
  const names: string[] = [];
  const callModel: CallModel = async ({ stage: { name } }) => {
    names.push(name);
    return { ...usage(), text: (await texts[name]?.promise) ?? 'complex' };
  };
  const running = execute(graph, request, runtime(callModel), NEVER);
  await expect.poll(() => names).toHaveLength(3);
  texts.interpret?.resolve('{"unclear": "Which?"}');
  texts['generate.direct']?.reject(new StageError(failure({ intent: 'failRun', code: 'no-credit' })));
  expect((await running).outcome).toMatchObject({ status: 'completed', route: 'ambiguous' });
});

test('a run that is cancelled before it starts calls no model', async () => {
  const callModel: CallModel = async ({ stage }) => expect.unreachable(`${stage.name} was called`);
  const run = await execute(graph, request, runtime(callModel), AbortSignal.abort());
  expect(run).toMatchObject({ outcome: { status: 'cancelled' }, route: null, stages: {} });
});

test('the deadline ends the open calls', async () => {
  const slept: number[] = [];
  let now = 1_000;
  const { promise: started, resolve: begin } = Promise.withResolvers<void>();
  const callModel: CallModel = (_, signal) => {
    begin();
    return untilAborted(signal);
  };
  const sleep: SleepUntil = async (at) => {
    slept.push(at);
    await started;
    now = at;
  };
  const options = { ...NO_OPTIONS, deadlineAt: 9_000 };
  const timed = { ...runtime(callModel, sleep), now: () => now };
  const run = await execute(graph, { ...request, options }, timed, NEVER);
  expect(slept).toEqual([8_750]);
  expect(run.outcome).toMatchObject({ status: 'failed', stage: 'classify', code: 'deadline' });
  expect(run.stages.classify).toMatchObject({ status: 'failed', calls: [{ failure: { code: 'aborted' } }] });
});

test('a finished run records the usage of aborted calls', async () => {
  const controller = new AbortController();
  const known = usage({ generationId: 'gen-1', promptTokens: 3, figures: 'estimated' });
  const callModel: CallModel = async (_, signal) => {
    controller.abort();
    return untilAborted(signal).catch(() => {
      throw new StageError(ABORTED, { usage: known });
    });
  };
  const run = await execute(graph, request, runtime(callModel), controller.signal);
  expect(run.stages.classify).toMatchObject({ status: 'cancelled', calls: [{ ...known, failure: ABORTED }] });
});

test('what a run has spent counts against its budget', async () => {
  const names: string[] = [];
  const callModel: CallModel = async ({ stage: { name } }) => {
    names.push(name);
    return { ...usage({ cost: 1 }), text: 'simple' };
  };
  const options = { ...NO_OPTIONS, maxCostUsd: 1 };
  const run = await execute(graph, { ...request, options }, runtime(callModel), NEVER);
  expect(run.outcome).toMatchObject({ status: 'failed', stage: 'answer', code: 'budget' });
  expect(names).toEqual(['classify']);
});
