import { describe, expect, test } from 'vitest';
import {
  type Answer,
  attemptStage,
  type Employer,
  interruptStage,
  lostStage,
  type Question,
} from '../src/attempt.ts';
import { StageError } from '../src/failure.ts';
import type { StageRecord } from '../src/record.ts';
import type { Stage } from '../src/stage.ts';
import { call, codeOutput, context, failure, record, stageNamed, usage } from './given.ts';

const NEVER = new AbortController().signal;
const policy = { tries: 2, baseDelayMs: 100, patienceMs: 1_000, longestWaitMs: 10_000 };
const paid = usage({ servedModel: 'maker/served', generationId: 'gen-1', cost: 0.25, promptTokens: 7 });

type Reply = string | Error | ((question: Question, signal: AbortSignal) => Promise<Answer>);
interface Given {
  stage?: Stage;
  previous?: StageRecord;
  holds?: ReadonlyMap<string, number>;
  at?: number;
  random?: number;
  signal?: AbortSignal;
}

/** Takes one step of a stage whose model does what `reply` says. */
async function step(reply: Reply, given: Given = {}) {
  const { stage = stageNamed('draft'), previous, holds = new Map(), at = 1_000, random = 1 } = given;
  const asked: Question[] = [];
  const began: StageRecord[] = [];
  const employer: Employer = {
    models: (role) => [`${role}-main`, `${role}-spare`],
    policy,
    now: () => at,
    random: () => random,
    async ask(question, signal) {
      asked.push(question);
      if (reply instanceof Error) throw reply;
      return typeof reply === 'string' ? { ...paid, text: reply } : reply(question, signal);
    },
  };
  const attempt = {
    run: 'r',
    stage,
    context: context(),
    previous,
    holds,
    onCall: (now: StageRecord) => began.push(now),
  };
  const settled = await attemptStage(attempt, employer, given.signal ?? NEVER);
  return { record: settled, asked, began };
}

const standIn = codeOutput('stand-in');
const retried = (...calls: StageRecord['calls']) =>
  record('draft', { status: 'retrying', endedAt: null, retryAt: 500, calls });

describe('a call that fails', () => {
  test('is put off while its model may still serve', async () => {
    const error = new StageError(failure({ retryAfterMs: 300 }));
    const { record } = await step(error);
    expect(record).toMatchObject({
      status: 'retrying',
      retryAt: 1_300,
      endedAt: null,
      output: null,
      failure: null,
    });
    expect(record.calls).toEqual([call('generator-main', error.failure, { startedAt: 1_000 })]);
  });

  test('keeps what it cost', async () => {
    const { record } = await step(new StageError(failure(), { usage: paid }));
    expect(record.calls).toEqual([call('generator-main', failure(), { ...paid, startedAt: 1_000 })]);
  });

  test('is passed to the stand-in at once if its model will not serve', async () => {
    const refused = await step(new StageError(failure({ intent: 'nextModel' })));
    expect(refused.record).toMatchObject({ status: 'retrying', retryAt: 1_000 });
    const { asked, record } = await step('code', { previous: refused.record });
    expect(asked[0]).toMatchObject({ model: 'generator-spare', attempt: 2 });
    expect(record.calls.map(({ model }) => model)).toEqual(['generator-main', 'generator-spare']);
  });

  test.each(['giveUp', 'failRun'] as const)('fails the stage at once if it is one to %s', async (intent) => {
    const given = failure({ intent, code: 'too-long' });
    const { record } = await step(new StageError(given), {
      stage: stageNamed('draft', { standIn: () => standIn }),
    });
    expect(record).toMatchObject({
      status: 'failed',
      failure: given,
      output: standIn,
      endedAt: 1_000,
      retryAt: null,
    });
    expect(record.calls).toHaveLength(1);
  });

  test('fails the stage when no model is left', async () => {
    const previous = retried(call('generator-main', failure({ intent: 'nextModel' })));
    const last = failure({ intent: 'nextModel', code: 'refused' });
    const { record } = await step(new StageError(last), { previous });
    expect(record).toMatchObject({ status: 'failed', failure: last, output: null });
    expect(record.calls).toHaveLength(2);
  });

  test.each([
    ['an error of no known kind', new TypeError('fetch failed')],
    ['something that is no error', async () => Promise.reject('odd')],
  ])('is tried again after %s, whose words stay out of the record', async (_, reply) => {
    const { record } = await step(reply);
    expect(record.status).toBe('retrying');
    const message = 'an unexpected error stopped the call';
    expect(record.calls[0]?.failure).toEqual({ intent: 'retry', code: 'internal', message });
  });
});

describe('an answer that cannot be used', () => {
  const picky = stageNamed('draft', {
    read: () => {
      throw new StageError({ intent: 'nextModel', code: 'unreadable-answer', message: 'no code' });
    },
  });

  test('is recorded with its failure, its model and its price', async () => {
    const { record } = await step('sorry', { stage: picky });
    expect(record.status).toBe('retrying');
    expect(record.calls).toMatchObject([{ ...paid, failure: { code: 'unreadable-answer' } }]);
  });

  test('leaves no word of its text behind', async () => {
    const { record } = await step('sorry', { stage: picky });
    expect(JSON.stringify(record)).not.toContain('sorry');
  });
});

describe('an aborted attempt', () => {
  test('throws the reason, whatever the call came to', async () => {
    const replies: Reply[] = [
      async () => ({ ...paid, text: 'late' }),
      async () => Promise.reject(new Error('cut')),
    ];
    for (const reply of replies) {
      const controller = new AbortController();
      const aborting: Reply = async (question, signal) => {
        controller.abort('run settled');
        return typeof reply === 'function' ? reply(question, signal) : Promise.reject(reply);
      };
      await expect(step(aborting, { signal: controller.signal })).rejects.toBe('run settled');
    }
  });

  test('hands its signal to the model', async () => {
    let seen: AbortSignal | undefined;
    await step(async (_, signal) => {
      seen = signal;
      return { ...paid, text: 'code' };
    });
    expect(seen).toBe(NEVER);
  });
});

describe('a stage that can do without a model', () => {
  test('is skipped if there is nothing to do', async () => {
    const { record, asked } = await step('unasked', { stage: stageNamed('draft', { decide: () => 'skip' }) });
    expect(record).toMatchObject({
      status: 'skipped',
      output: null,
      failure: null,
      calls: [],
      endedAt: 1_000,
    });
    expect(asked).toEqual([]);
  });

  test('is completed by what it decides', async () => {
    const { record, asked } = await step('unasked', {
      stage: stageNamed('draft', { decide: () => standIn }),
    });
    expect(record).toMatchObject({ status: 'completed', output: standIn, calls: [] });
    expect(asked).toEqual([]);
  });

  test('asks one if it does not decide', async () => {
    const { asked } = await step('code', { stage: stageNamed('draft', { decide: () => undefined }) });
    expect(asked).toHaveLength(1);
  });
});

describe('an attempt', () => {
  test('asks the main model with the prompt of its stage', async () => {
    const { asked, record } = await step('code');
    expect(asked).toMatchObject([
      {
        run: 'r',
        stage: { name: 'draft' },
        model: 'generator-main',
        attempt: 1,
        prompt: { system: 'draft' },
      },
    ]);
    expect(record).toMatchObject({
      status: 'completed',
      output: codeOutput('code'),
      failure: null,
      endedAt: 1_000,
    });
    expect(record.calls).toEqual([call('generator-main', null, { ...paid, startedAt: 1_000 })]);
  });

  test('tells of a call before it is made', async () => {
    const { began } = await step('code', { previous: retried(call('generator-main', failure())) });
    expect(began).toMatchObject([
      { status: 'running', retryAt: null, calls: [{}, { durationMs: null, failure: null }] },
    ]);
  });

  test('that comes too early makes no call', async () => {
    const previous = { ...retried(call('generator-main', failure(), { startedAt: 950 })), retryAt: 1_050 };
    const { record, asked } = await step('unasked', { previous });
    expect(record).toMatchObject({ status: 'retrying', retryAt: 1_050, calls: previous.calls });
    expect(asked).toEqual([]);
  });

  test('that comes when it was told to is never put off by another draw', async () => {
    const previous = { ...retried(call('generator-main', failure(), { startedAt: 930 })), retryAt: 1_000 };
    expect((await step('code', { previous, random: 1 })).asked).toHaveLength(1);
  });

  test('waits for a model that others found busy', async () => {
    const holds = new Map([['generator-main', 1_500]]);
    expect((await step('unasked', { holds })).record).toMatchObject({
      status: 'retrying',
      retryAt: 1_500,
      calls: [],
    });
  });

  test('fails without a call if all models are busy for too long', async () => {
    const holds = new Map([
      ['generator-main', 99_999],
      ['generator-spare', 99_999],
    ]);
    const { record, asked } = await step('unasked', { holds });
    expect(record).toMatchObject({ status: 'failed', failure: { code: 'rate-limited' }, calls: [] });
    expect(asked).toEqual([]);
  });

  test('counts a call that its worker never ended as lost', async () => {
    const open = call('generator-main', null, { durationMs: null });
    const { record, asked } = await step('code', { previous: { ...retried(open), status: 'running' } });
    expect(asked[0]).toMatchObject({ model: 'generator-main', attempt: 2 });
    expect(record.calls).toMatchObject([
      { durationMs: null, failure: { code: 'worker-lost' } },
      { durationMs: 0, failure: null },
    ]);
  });
});

describe('a lost stage', () => {
  const stage = stageNamed('draft', { standIn: () => standIn });
  const lost = (previous?: StageRecord) => lostStage({ run: 'r', stage, context: context(), previous }, 9);

  test('has failed, with what stands in for it', () => {
    expect(lost()).toMatchObject({ status: 'failed', startedAt: 9, endedAt: 9, output: standIn, calls: [] });
    expect(lost().failure).toMatchObject({ intent: 'retry', code: 'worker-lost' });
  });

  test('keeps its calls, the open one as lost', () => {
    const closed = call('m', failure(), { cost: 1 });
    const { calls, startedAt } = lost(retried(closed, call('m', null, { durationMs: null })));
    expect(calls).toMatchObject([closed, { failure: { code: 'worker-lost' } }]);
    expect(startedAt).toBe(0);
  });
});

describe('an interrupted stage', () => {
  const running = retried(call('m', failure()), call('m', null, { startedAt: 4, durationMs: null }));

  test('is over if it is cancelled', () => {
    expect(interruptStage(running, 'cancelled', 9)).toMatchObject({
      status: 'cancelled',
      endedAt: 9,
      retryAt: null,
    });
  });

  test('is ready at once if another worker is to take it', () => {
    expect(interruptStage(running, 'retrying', 9)).toMatchObject({
      status: 'retrying',
      endedAt: null,
      retryAt: 9,
    });
  });

  test('closes its open call and no other', () => {
    expect(interruptStage(running, 'cancelled', 9).calls).toMatchObject([
      call('m', failure()),
      { durationMs: 5, failure: { code: 'aborted' } },
    ]);
  });
});
