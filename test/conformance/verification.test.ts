import {
  type Effort,
  fromQuery,
  type RunCases,
  resolveOutput,
  StageError,
  verifiedGraph,
} from '@codegen/pipeline';
import { codeBy, fenced, lost, prefers, type Replies, reply } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { complexAfter, complexBut, LAST_STAGE } from '@codegen/testing/runs/case';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { describe, expect, inject, test } from 'vitest';
import { bullmqExecutor } from './executors/bullmq.ts';
import { inProcessExecutor } from './executors/in-process.ts';

/** Three cases. Code that contains `WRONG2` fails case 2, and code that contains `BROKEN` does not load. */
const CASES = reply(
  JSON.stringify({ cases: [0, 1, 2].map((n) => ({ function: 'f', args: [n], returns: n })) }),
);
const runCases: RunCases = async ({ text }, cases) => {
  if (text.includes('BROKEN')) return { load: 'broken', reason: 'SyntaxError', results: [] };
  const results = cases.map((_, index) =>
    text.includes(`WRONG${index}`)
      ? ({ verdict: 'failed', actual: 'wrong' } as const)
      : ({ verdict: 'passed', actual: String(index) } as const),
  );
  return { load: 'loaded', reason: null, results };
};

const code = (stage: string, marks: string) => `${codeBy(stage)} # ${marks}`;
const writesCode = (stage: string, marks: string) => reply(fenced(code(stage, marks)));
const wrong = (stage: string, marks = 'WRONG0 WRONG1') => ({ [stage]: writesCode(stage, marks) });
const withoutCompare = [...complexBut('compare'), 'cases'];
const fastCalls = [
  ...complexBut('enhance.direct', 'enhance.interpreted', 'compare', ...complexAfter('compare')),
  'cases',
].toSorted();
const withCompare = [...complexBut(), 'cases'];

async function runWith(
  startExecutor: StartExecutor,
  replies: Replies,
  run: RunCases = runCases,
  effort: Effort = 'balanced',
) {
  const models = scriptModels({ cases: CASES, ...replies });
  await using executor = await startExecutor({ ...models, runCases: run });
  const { outcome, stages } = await executor.run(fromQuery('Print a name'), { options: { effort } });
  if (outcome?.status !== 'completed' || !('steps' in outcome.response)) throw new Error('no code');
  const { response, degraded } = outcome;
  const polished = resolveOutput(stages, 'polish');
  return {
    calls: models.calls.map(({ stage }) => stage).toSorted(),
    prompts: Object.fromEntries(models.calls.map(({ stage, prompt }) => [stage, prompt.user])),
    best: response.steps.bestImplementation,
    polished: polished?.kind === 'code' ? polished.code.text : null,
    code: response.code,
    degraded: Object.fromEntries(degraded.map((one) => [one.stage, one.code])),
    stages,
  };
}

const executors: readonly (readonly [string, StartExecutor])[] = [
  ['in-process', inProcessExecutor(verifiedGraph)],
  ['BullMQ', bullmqExecutor(() => inject('redisUrl'), {}, verifiedGraph)],
];

describe.each(executors)('verification on the %s executor', (_, startExecutor) => {
  test('a clear margin decides without the reviewer, who would be wrong', async () => {
    const prefersWrong = prefers('enhance.interpreted');
    const run = await runWith(startExecutor, {
      ...wrong('generate.interpreted'),
      ...wrong('enhance.interpreted'),
      compare: prefersWrong,
    });
    expect(run.calls).toEqual(withoutCompare.toSorted());
    expect(run.best).toBe(codeBy('enhance.direct'));
    expect(run.degraded).toEqual({});
    expect(run.stages.verify).toMatchObject({
      status: 'completed',
      calls: [],
      output: {
        verification: {
          choice: 'enhance.direct',
          reason: 'it passes 3 of 3 cases, the other implementation 1',
          counted: [true, true, true],
        },
      },
    });
  });

  test('one case does not decide: the reviewer does, and sees it', async () => {
    const run = await runWith(startExecutor, {
      ...wrong('generate.interpreted', 'WRONG1'),
      ...wrong('enhance.interpreted', 'WRONG1'),
      compare: prefers('enhance.direct'),
    });
    expect(run.calls).toEqual(withCompare.toSorted());
    expect(run.prompts.compare).toMatch(/f\(1\)\n {2}expected: 1\n {2}[AB]: (?:1|wrong)\n/);
    expect(run.prompts.cases).not.toContain('print(');
  });

  test('an improvement that fails what its draft passes is replaced by the draft', async () => {
    const run = await runWith(startExecutor, {
      ...wrong('enhance.interpreted', 'WRONG0'),
      ...wrong('generate.direct', 'WRONG0 WRONG1'),
      ...wrong('enhance.direct', 'WRONG0 WRONG1'),
    });
    expect(run.best).toBe(codeBy('generate.interpreted'));
  });

  test('a program that does not load loses, and a case that no version passes does not count', async () => {
    const run = await runWith(startExecutor, {
      ...wrong('generate.direct', 'BROKEN'),
      ...wrong('enhance.direct', 'BROKEN'),
      ...wrong('generate.interpreted', 'WRONG2'),
      ...wrong('enhance.interpreted', 'WRONG2'),
    });
    expect(run.calls).toEqual(withoutCompare.toSorted());
    expect(run.best).toBe(code('enhance.interpreted', 'WRONG2'));
    expect(run.stages.verify?.output).toMatchObject({ verification: { counted: [true, true, false] } });
  });

  test('a polish that fails what the best implementation passes is dropped', async () => {
    const run = await runWith(startExecutor, { ...wrong('polish', 'WRONG2') });
    expect(run.polished).toBe(run.best);
    expect(run.degraded).toEqual({ polish: 'regression' });
    // It was repaired once, in vain.
    expect(run.calls.filter((stage) => stage === 'polish')).toHaveLength(2);
  });

  test('a polish that fails what the best implementation passes is repaired by one more call', async () => {
    const polish = [writesCode('polish', 'WRONG2'), writesCode('polish', 'mended')];
    const run = await runWith(startExecutor, { polish });
    expect(run.polished).toBe(code('polish', 'mended'));
    expect(run.degraded).toEqual({});
    expect(run.prompts.polish).toMatch(/f\(2\) passed before and now gives wrong/);
    expect(run.prompts.polish).toContain('WRONG2');
  });

  test('with the effort fast, a draft that passes every case ends the run', async () => {
    const run = await runWith(startExecutor, { ...wrong('generate.direct', 'WRONG0') }, runCases, 'fast');
    expect(run.calls).toEqual(fastCalls);
    expect([run.best, run.code]).toEqual([codeBy('generate.interpreted'), codeBy('generate.interpreted')]);
    expect(run.degraded).toEqual({});
  });

  test('with the effort fast, drafts that each fail a case are compared, and the better one is polished', async () => {
    const drafts = { ...wrong('generate.direct', 'WRONG0'), ...wrong('generate.interpreted', 'WRONG1') };
    const run = await runWith(startExecutor, drafts, runCases, 'fast');
    expect(run.calls).toEqual([...fastCalls, 'compare', ...complexAfter('compare')].toSorted());
    expect(run.code).toBe(codeBy(LAST_STAGE));
  });

  test('with the effort fast, a case that no draft passes does not end the run', async () => {
    const drafts = { ...wrong('generate.direct', 'WRONG0'), ...wrong('generate.interpreted', 'WRONG0') };
    const run = await runWith(startExecutor, drafts, runCases, 'fast');
    expect(run.calls).toContain(LAST_STAGE);
  });

  test('with the effort thorough, there are twice as many cases', async () => {
    const many = Array.from({ length: 20 }, (_, n) => ({ function: 'f', args: [n], returns: n }));
    const cases = reply(JSON.stringify({ cases: many }));
    const countOf = async (effort: Effort) => {
      const { stages } = await runWith(startExecutor, { cases }, runCases, effort);
      const output = stages.cases?.output;
      return output?.kind === 'cases' ? output.cases.length : 0;
    };
    expect([await countOf('balanced'), await countOf('thorough')]).toEqual([8, 16]);
  });

  test('without cases the reviewer decides, and nothing is degraded', async () => {
    const run = await runWith(startExecutor, { cases: reply('{"cases": []}') });
    expect(run.calls).toEqual(withCompare.toSorted());
    expect([run.stages.verify?.status, run.degraded]).toEqual(['skipped', {}]);
  });

  test('when cases fails, the reviewer decides', async () => {
    const run = await runWith(startExecutor, { cases: lost });
    expect(run.calls).toEqual(withCompare.toSorted());
    expect(run.degraded).toEqual({ cases: 'too-long' });
  });

  test('when the sandbox is broken, the reviewer decides and polish is kept', async () => {
    const broken: RunCases = async () => {
      throw new StageError({ intent: 'giveUp', code: 'sandbox', message: 'the sandbox did not start' });
    };
    const run = await runWith(startExecutor, {}, broken);
    expect(run.calls).toEqual(withCompare.toSorted());
    expect(run.code).toBe(codeBy(LAST_STAGE));
    expect(run.degraded).toEqual({ verify: 'sandbox' });
  });
});
