import { call, codeOutput, failure, usage } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import type { Interruption } from '../../src/policy/runtime.ts';
import { ABORTED, StageError } from '../../src/run/failure.ts';
import { attemptOnce, fallbackOutput, NEVER, paid, type Reply, retried } from '../attempt-fixtures.ts';
import { stageNamed } from '../fixtures.ts';

const known = usage({ generationId: 'gen-2', promptTokens: 9, figures: 'estimated' });
const aborted = new StageError(ABORTED, { usage: known });
const stage = stageNamed('draft', { fallbackOutput: () => fallbackOutput });

/** A step that is stopped during its call, which then comes to something. */
const stopped = (why: unknown, outcome: Reply) => {
  const controller = new AbortController();
  const reply: Reply = async (request, signal) => {
    controller.abort(why);
    if (typeof outcome === 'function') return outcome(request, signal);
    return typeof outcome === 'string' ? { ...paid, text: outcome } : Promise.reject(outcome);
  };
  return attemptOnce(reply, { stage, signal: controller.signal });
};
const endings: readonly [Interruption, object][] = [
  ['run finished', { status: 'cancelled', endedAt: 1_000, retryAt: null, output: null, failure: null }],
  ['worker closing', { status: 'retrying', endedAt: null, retryAt: 1_000, output: null, failure: null }],
  [
    'time is up',
    {
      status: 'failed',
      endedAt: 1_000,
      output: fallbackOutput,
      failure: { intent: 'giveUp', code: 'deadline' },
    },
  ],
];

describe.each(endings)('a call that is stopped because of "%s"', (why, ending) => {
  test('ends its stage accordingly and is recorded with its usage', async () => {
    const { record, faults } = await stopped(why, aborted);
    expect(record).toMatchObject(ending);
    expect(record.calls).toEqual([call('generator-main', ABORTED, { ...known, startedAt: 1_000 })]);
    expect(faults).toEqual([]);
  });

  test('counts as aborted, whatever it throws', async () => {
    const { record, faults } = await stopped(why, async () => Promise.reject(why));
    expect(record).toMatchObject(ending);
    expect(record.calls).toEqual([call('generator-main', ABORTED, { startedAt: 1_000 })]);
    expect(faults).toEqual([]);
  });

  test('keeps a failure that came before the abort', async () => {
    const { record } = await stopped(why, new StageError(failure({ code: 'no-credit', intent: 'failRun' })));
    expect(record).toMatchObject(ending);
    expect(record.calls).toMatchObject([{ failure: { code: 'no-credit' } }]);
  });

  test('is not made if the signal is aborted before it', async () => {
    const previous = retried(call('generator-main', failure()));
    const signal = AbortSignal.abort(why);
    const { record, requests, started } = await attemptOnce('unused', { stage, previous, signal });
    expect(record).toMatchObject({ ...ending, calls: previous.calls });
    expect([...requests, ...started]).toEqual([]);
  });
});

describe('an answer that arrives when its call is stopped', () => {
  test.each(['worker closing', 'time is up'])('is used if the reason is "%s"', async (why) => {
    expect((await stopped(why, 'code')).record).toMatchObject({
      status: 'completed',
      output: codeOutput('code'),
      calls: [{ ...paid, failure: null }],
    });
  });

  test.each(['run finished', new DOMException('closed', 'AbortError')])(
    'is discarded if the reason is "%s", but its call counts as finished with its cost',
    async (why) => {
      const { record } = await stopped(why, 'code');
      expect(record).toMatchObject({
        status: 'cancelled',
        output: null,
        calls: [{ ...paid, failure: null }],
      });
    },
  );
});

test('a stage that needs no model completes although its signal is aborted', async () => {
  const signal = AbortSignal.abort('time is up');
  const { record } = await attemptOnce('unused', {
    stage: stageNamed('draft', { withoutModel: () => 'skip' }),
    signal,
  });
  expect(record.status).toBe('skipped');
});

test('a call receives the signal of its attempt', async () => {
  let seen: AbortSignal | undefined;
  await attemptOnce(async (_, signal) => {
    seen = signal;
    return { ...paid, text: 'code' };
  });
  expect(seen).toBe(NEVER);
});
