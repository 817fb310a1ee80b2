import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromQuery, hasEnded, type Run } from '@codegen/pipeline';
import type { Case } from '@codegen/testing/case';
import type { StartExecutor } from '@codegen/testing/executor';
import { type Asked, type Models, scriptModels } from '@codegen/testing/models';
import { LEAK } from '@codegen/testing/replies';
import { describe, expect, test, vi } from 'vitest';
import { apart } from './apart.ts';
import { cases } from './cases.ts';
import { shown } from './shown.ts';

/** Declares what every executor of the graph has to pass. */
export function conformance(name: string, startExecutor: StartExecutor) {
  describe(name, () => {
    for (const [matter, list] of Object.entries(cases)) {
      describe(matter, () => {
        for (const one of list) test(one.title, () => check(one, startExecutor));
      });
    }

    test('every stage is shown the request and what the stages before it made', () => shown(startExecutor));
    test('two runs at once do not mix', () => apart(startExecutor));
  });
}

const REQUEST = fromQuery('Print a name');

async function check(one: Case, startExecutor: StartExecutor) {
  const models = scriptModels(one.replies, one.policy);
  const run = await runOnce(one, models, startExecutor);

  const asked = models.asked.map(({ stage }) => stage).filter((stage) => !one.perhaps?.includes(stage));
  expect(asked.sort()).toEqual([...one.asked].sort());
  expect(run.outcome).toMatchObject(one.ends);
  if (run.outcome?.status === 'completed') expect(run.outcome.response).toEqual(one.response);
  if (run.outcome && run.outcome.status !== 'cancelled') {
    const degraded = run.outcome.degraded.map(({ stage, code }) => [stage, code]);
    expect(degraded.sort()).toEqual(Object.entries(one.degraded ?? {}).sort());
  }
  for (const [stage, calls] of Object.entries(one.calls ?? {})) {
    expect(run.stages[stage]?.calls).toMatchObject(calls);
  }
  checkRecords(run, models.asked);
}

async function runOnce({ cancel, options = {} }: Case, models: Models, startExecutor: StartExecutor) {
  await using executor = await startExecutor(models);
  const controller = new AbortController();
  if (cancel === null) controller.abort();
  const running = executor.run(REQUEST, { signal: controller.signal, options });
  if (cancel) {
    await Promise.race([cancel(models), running]);
    await nextTurn();
    controller.abort();
  }
  const run = await running;
  // Whatever ended the run ended the calls that were in hand, long before the executor is closed.
  await vi.waitUntil(() => models.asked.every(({ ended }) => ended !== null), {
    timeout: 30_000,
    interval: 5,
  });
  return run;
}

/** What is true of every run that is over. */
function checkRecords(run: Run, asked: readonly Asked[]) {
  expect(run.conversation).toEqual(REQUEST);
  expect(run.finishedAt).toBeGreaterThanOrEqual(run.createdAt);
  for (const [name, record] of Object.entries(run.stages)) {
    expect(record).toSatisfy(hasEnded);
    expect(record.stage).toBe(name);
    expect(JSON.stringify(record.output)).not.toContain(LEAK);
    // A call that was cut off with the run may or may not be on record; any other is.
    if (record.status === 'cancelled') continue;
    const calls = asked.filter(({ stage }) => stage === name);
    expect(record.calls.map(({ model }) => model)).toEqual(calls.map(({ model }) => model));
    expect(calls.map(({ attempt }) => attempt)).toEqual(calls.map((_, index) => index + 1));
  }
  if (run.outcome?.status === 'completed') expect(JSON.stringify(run.outcome.response)).not.toContain(LEAK);
}
