import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromQuery, hasEnded, type Run } from '@codegen/pipeline';
import { LEAK } from '@codegen/testing/models/replies';
import { type ModelCall, type Models, scriptModels } from '@codegen/testing/models/scripted-models';
import type { Case } from '@codegen/testing/runs/case';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { HANG_MS } from '@codegen/testing/timeouts';
import { describe, expect, test, vi } from 'vitest';
import { cases } from './cases.ts';
import { checkIsolation } from './isolation.ts';
import { checkPrompts } from './prompts.ts';
import { checkFollowUp, followUps } from './second-runs/follow-ups.ts';
import { checkRerun, reruns } from './second-runs/reruns.ts';

/** Declares the tests that every executor of the graph must pass. */
export function conformance(name: string, startExecutor: StartExecutor) {
  describe(name, () => {
    for (const [topic, list] of Object.entries(cases)) {
      describe(topic, () => {
        for (const one of list) test(one.title, () => check(one, startExecutor));
      });
    }

    describe('a run that continues another', () => {
      for (const one of followUps) test(one.title, () => checkFollowUp(one, startExecutor));
    });

    describe('a run again from a stage', () => {
      for (const one of reruns) test(one.title, () => checkRerun(one, startExecutor));
    });

    test('every prompt contains the conversation and the outputs that its stage depends on', () =>
      checkPrompts(startExecutor));
    test('concurrent runs are isolated from each other', () => checkIsolation(startExecutor));
  });
}

const REQUEST = fromQuery('Print a name');

async function check(one: Case, startExecutor: StartExecutor) {
  const models = scriptModels(one.replies, one.policy);
  const run = await runOnce(one, models, startExecutor);

  const called = models.calls
    .map(({ stage }) => stage)
    .filter((stage) => !one.optionalCalls?.includes(stage));
  expect(called.sort()).toEqual([...one.calls].sort());
  expect(run.outcome).toMatchObject(one.outcome);
  if (run.outcome?.status === 'completed') expect(run.outcome.response).toEqual(one.response);
  if (run.outcome && run.outcome.status !== 'cancelled') {
    const degraded = run.outcome.degraded.map(({ stage, code }) => [stage, code]);
    expect(degraded.sort()).toEqual(Object.entries(one.degraded ?? {}).sort());
  }
  for (const [stage, calls] of Object.entries(one.recordedCalls ?? {})) {
    expect(run.stages[stage]?.calls).toMatchObject(calls);
  }
  checkRecords(run, models.calls);
}

async function runOnce(
  { cancel, options = {}, files = [] }: Case,
  models: Models,
  startExecutor: StartExecutor,
) {
  await using executor = await startExecutor(models);
  const controller = new AbortController();
  if (cancel === null) controller.abort();
  const running = executor.run(REQUEST, { signal: controller.signal, options, files });
  if (cancel) {
    await Promise.race([cancel(models), running]);
    await nextTurn();
    controller.abort();
  }
  const run = await running;
  // The end of the run ends its open calls, before the executor is closed.
  await vi.waitUntil(() => models.calls.every(({ ended }) => ended !== null), {
    timeout: HANG_MS,
    interval: 5,
  });
  return run;
}

/** Invariants of every finished run. */
function checkRecords(run: Run, received: readonly ModelCall[]) {
  expect(run.conversation).toEqual(REQUEST);
  expect(run.finishedAt).toBeGreaterThanOrEqual(run.createdAt);
  for (const [name, record] of Object.entries(run.stages)) {
    expect(record).toSatisfy(hasEnded);
    expect(record.stage).toBe(name);
    expect(JSON.stringify(record.output)).not.toContain(LEAK);
    // The record of a cancelled stage may lack the call that was aborted with the run.
    if (record.status === 'cancelled') continue;
    const calls = received.filter(({ stage }) => stage === name);
    expect(record.calls.map(({ model }) => model)).toEqual(calls.map(({ model }) => model));
    expect(calls.map(({ attempt }) => attempt)).toEqual(calls.map((_, index) => index + 1));
  }
  if (run.outcome?.status === 'completed') expect(JSON.stringify(run.outcome.response)).not.toContain(LEAK);
}
