import { expect, test } from 'vitest';
import { DEADLINE_EXHAUSTED } from '../../src/policy/options.ts';
import { ABORTED } from '../../src/run/failure.ts';
import { receiptsOf } from '../../src/run/receipt.ts';
import type { StageRecord } from '../../src/run/record.ts';
import type { Run } from '../../src/run/run.ts';
import type { Route } from '../../src/stages/stage.ts';
import { call, failure, record } from '../fixtures.ts';
import { classified, graph, interpreted, skipped } from '../run-fixtures.ts';

const CANCELLED: Run['outcome'] = { status: 'cancelled' };
const receipts = (
  route: Route | null,
  records: readonly StageRecord[],
  outcome: Run['outcome'] = CANCELLED,
) =>
  receiptsOf(graph, { route, outcome, stages: Object.fromEntries(records.map((one) => [one.stage, one])) });
const outcomes = (...given: Parameters<typeof receipts>) =>
  receipts(...given).map(({ stage, outcome }) => [stage, outcome]);
const asked = (one: StageRecord, ...calls: StageRecord['calls']): StageRecord => ({ ...one, calls });

test('a call has a receipt with all that is known of it', () => {
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
  expect(receipts(null, [asked(classified('simple'), call('main', null, paid))])).toEqual([
    {
      stage: 'classify',
      model: 'main',
      servedModel: 'maker/served',
      provider: 'DeepInfra',
      generationId: 'gen-1',
      outcome: 'finished',
      tokens: { prompt: 1, completion: 2, reasoning: 3, cached: 4 },
      cost: 0.5,
      figures: 'reported',
    },
  ]);
});

test('every call has one, in the order in which they began, then every stage that never made one', () => {
  const records = [
    asked(interpreted, call('i', ABORTED, { startedAt: 3 })),
    asked(
      record('generate.direct', { status: 'cancelled' }),
      call('g', failure(), { startedAt: 2 }),
      call('h', null, { startedAt: 4 }),
    ),
    asked(classified('complex'), call('c', null, { startedAt: 1 })),
    record('enhance.direct', { status: 'cancelled' }),
  ];
  expect(outcomes('complex', records)).toEqual([
    ['classify', 'finished'],
    ['generate.direct', 'failed'],
    ['interpret', 'aborted'],
    ['generate.direct', 'finished'],
    ['enhance.direct', 'never started'],
    ['generate.interpreted', 'never started'],
    ['enhance.interpreted', 'never started'],
    ['compare', 'never started'],
    ['polish', 'never started'],
  ]);
});

test('a stage that never started cost nothing, which is known', () => {
  expect(receipts(null, [])).toEqual([
    {
      stage: 'classify',
      model: null,
      servedModel: null,
      provider: null,
      generationId: null,
      outcome: 'never started',
      tokens: { prompt: 0, completion: 0, reasoning: 0, cached: 0 },
      cost: 0,
      figures: null,
    },
  ]);
});

test('a stage that was refused its call never started one; one that needed none has no receipt', () => {
  const refused = record('answer', { status: 'failed', failure: DEADLINE_EXHAUSTED });
  expect(outcomes('simple', [classified('simple'), refused, skipped('compare')])).toEqual([
    ['answer', 'never started'],
  ]);
});

test.each([
  'Google',
  'Google AI Studio',
  'Amazon Bedrock',
  'Groq',
  'Mistral',
  'Alibaba',
  'Alibaba Cloud Int.',
])('a call that %s goes on with could not be aborted', (provider) => {
  const one = asked(record('classify', { status: 'cancelled' }), call('m', ABORTED, { provider }));
  expect(outcomes(null, [one])).toEqual([['classify', 'not abortable']]);
});

test.each(['DeepInfra', 'Mistralish', null])('a call that %s was to answer could be', (provider) => {
  const one = asked(record('classify', { status: 'cancelled' }), call('m', ABORTED, { provider }));
  expect(outcomes(null, [one])).toEqual([['classify', 'aborted']]);
});

test('while a run goes on, calls in hand and stages to come have none', () => {
  const running = asked(record('answer', { status: 'running' }), call('m', null, { durationMs: null }));
  const lostBefore = call('m', failure({ code: 'worker-lost' }), { durationMs: null });
  expect(outcomes('simple', [asked(classified('simple'), lostBefore), running], null)).toEqual([
    ['classify', 'failed'],
  ]);
});
