import type { FailureCode } from '@codegen/pipeline';
import {
  afterDelay,
  afterFailure,
  atCost,
  codeBy,
  fails,
  hangs,
  lost,
  PAID,
  prefers,
  reply,
  TEXT,
  writes,
} from '@codegen/testing/models/replies';
import {
  type Case,
  COMPLEX,
  complexAfter,
  complexBefore,
  complexBut,
  complexResponse,
  finalSteps,
  simpleResponse,
} from '@codegen/testing/runs/case';

const HOUR = { deadlineSeconds: 3_600 };
const HOUR_MS = 3_600_000;
const simple = reply('simple');
const complex = { status: 'completed', route: 'complex' } as const;
const refused = fails({ intent: 'nextModel', code: 'refused' });

/** Degradations of the stages after `compare`. */
const unpolished = (code: FailureCode): Record<string, FailureCode> =>
  Object.fromEntries(complexAfter('compare').map((stage) => [stage, code]));

const deadline: readonly Case[] = [
  {
    title: 'a deadline that is not reached changes nothing',
    options: HOUR,
    replies: {},
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse(),
  },
  {
    title: 'the deadline ends an open call and fails a run without code',
    options: { deadlineSeconds: 1 },
    replies: { classify: hangs },
    calls: [],
    optionalCalls: ['classify'],
    outcome: { status: 'failed', stage: 'classify', code: 'deadline' },
  },
  {
    title: 'after the deadline the best implementation is the code, unpolished',
    options: HOUR,
    replies: { compare: afterDelay(HOUR_MS, prefers('enhance.direct')) },
    calls: [...complexBefore('compare'), 'compare'],
    outcome: complex,
    response: complexResponse(finalSteps(codeBy('enhance.direct')), codeBy('enhance.direct')),
    degraded: unpolished('deadline'),
  },
  {
    title: 'after the deadline a draft is the code if there is nothing better',
    options: HOUR,
    replies: {
      'generate.direct': afterFailure('generate.interpreted', afterDelay(HOUR_MS, writes)),
      'generate.interpreted': lost,
    },
    calls: ['classify', 'interpret', 'generate.direct', 'generate.interpreted'],
    outcome: complex,
    response: complexResponse(
      {
        interpretedCode: '',
        enhancedDirectCode: codeBy('generate.direct'),
        enhancedInterpretedCode: '',
        ...finalSteps(codeBy('generate.direct')),
      },
      codeBy('generate.direct'),
    ),
    degraded: { 'generate.interpreted': 'too-long', 'enhance.direct': 'deadline', ...unpolished('deadline') },
  },
  {
    title: 'a deadline that passes before any draft fails the run without a fallback route',
    options: HOUR,
    replies: { classify: afterDelay(HOUR_MS, reply('complex')) },
    calls: ['classify'],
    outcome: { status: 'failed', stage: 'generate.direct', code: 'deadline' },
    degraded: { interpret: 'deadline' },
  },
  {
    title: 'a stage does not wait for a retry that would come after the deadline',
    options: { deadlineSeconds: 60 },
    policy: { longestWaitMs: HOUR_MS },
    replies: {
      classify: simple,
      answer: fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 120_000 }),
    },
    calls: ['classify', 'answer', 'answer', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'rate-limited' },
  },
];

const effort: readonly Case[] = [
  {
    title: 'with the effort fast, drafts are compared as they are',
    options: { effort: 'fast' },
    replies: { compare: prefers('generate.interpreted') },
    calls: complexBut('enhance.direct', 'enhance.interpreted'),
    outcome: complex,
    response: complexResponse({
      enhancedDirectCode: codeBy('generate.direct'),
      enhancedInterpretedCode: codeBy('generate.interpreted'),
      bestImplementation: codeBy('generate.interpreted'),
    }),
  },
];

const budget: readonly Case[] = [
  {
    title: 'a budget that is not reached changes nothing',
    options: { maxCostUsd: 1 },
    replies: {},
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse(),
  },
  {
    title: 'with the budget spent the best implementation is the code, unpolished',
    options: { maxCostUsd: 1 },
    replies: { compare: atCost(1, prefers('enhance.direct')) },
    calls: [...complexBefore('compare'), 'compare'],
    outcome: complex,
    response: complexResponse(finalSteps(codeBy('enhance.direct')), codeBy('enhance.direct')),
    degraded: unpolished('budget'),
  },
  {
    title: 'a budget that is spent before any draft fails the run without a fallback route',
    options: { maxCostUsd: 1 },
    replies: { classify: atCost(1, reply('complex')) },
    calls: ['classify'],
    outcome: { status: 'failed', stage: 'generate.direct', code: 'budget' },
    degraded: { interpret: 'budget' },
  },
  {
    title: 'the cost of failed calls counts: a stage does not retry with the budget spent',
    options: { maxCostUsd: 1 },
    replies: {
      classify: simple,
      answer: fails({ intent: 'retry', code: 'truncated' }, { ...PAID, cost: 1 }),
    },
    calls: ['classify', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'budget' },
    recordedCalls: { answer: [{ failure: { code: 'truncated' }, cost: 1 }] },
  },
];

const models: readonly Case[] = [
  {
    title: 'the models of a run replace the configured models of one role',
    options: { models: { instructTuned: ['own-1', 'own-2'] } },
    replies: { classify: simple, answer: [refused, writes] },
    calls: ['classify', 'answer', 'answer'],
    outcome: { status: 'completed', route: 'simple' },
    response: simpleResponse,
    recordedCalls: {
      classify: [{ model: 'classifier-1' }],
      answer: [
        { model: 'own-1', failure: { code: 'refused' } },
        { model: 'own-2', failure: null },
      ],
    },
  },
];

const requestedRoute: readonly Case[] = [
  {
    title: 'a request that names the simple route needs no call to classify',
    options: { route: 'simple' },
    replies: {},
    calls: ['answer'],
    outcome: { status: 'completed', route: 'simple' },
    response: simpleResponse,
  },
  {
    title: 'a request that names the complex route needs no call to classify',
    options: { route: 'complex' },
    replies: { classify: simple },
    calls: complexBut('classify'),
    outcome: complex,
    response: complexResponse(),
  },
  {
    title: 'a request that names the route text gets the answer of one call',
    options: { route: 'text' },
    replies: {},
    calls: ['reply'],
    outcome: { status: 'completed', route: 'text', language: null, files: [] },
    response: { code: '', text: TEXT },
  },
  {
    title: 'the route text has no fallback',
    options: { route: 'text' },
    replies: { reply: lost },
    calls: ['reply'],
    outcome: { status: 'failed', stage: 'reply', code: 'too-long' },
  },
];

/** Deadline, budget, models, route and effort of a run. */
export const options: readonly Case[] = [...deadline, ...budget, ...models, ...requestedRoute, ...effort];
