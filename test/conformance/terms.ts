import { type Case, COMPLEX, complexBut, complexResponse, simpleResponse } from '@codegen/testing/case';
import {
  afterFailure,
  afterTime,
  codeBy,
  costing,
  fails,
  hangs,
  lost,
  PAID,
  prefers,
  reply,
  writes,
} from '@codegen/testing/replies';

const HOUR = { deadlineSeconds: 3_600 };
const HOUR_MS = 3_600_000;
const simple = reply('simple');
const complex = { status: 'completed', route: 'complex' } as const;
const refused = fails({ intent: 'nextModel', code: 'refused' });

const deadline: readonly Case[] = [
  {
    title: 'a run that ends in time has no need of its deadline',
    options: HOUR,
    replies: {},
    asked: COMPLEX,
    ends: complex,
    response: complexResponse(),
  },
  {
    title: 'a call that does not end in time is ended, and a run that has come to nothing fails',
    options: { deadlineSeconds: 1 },
    replies: { classify: hangs },
    asked: [],
    perhaps: ['classify'],
    ends: { status: 'failed', stage: 'classify', code: 'deadline' },
  },
  {
    title: 'when time is up before the last stage, the best implementation is the code',
    options: HOUR,
    replies: { compare: afterTime(HOUR_MS, prefers('enhance.direct')) },
    asked: complexBut('polish'),
    ends: complex,
    response: complexResponse({ bestImplementation: codeBy('enhance.direct') }, codeBy('enhance.direct')),
    degraded: { polish: 'deadline' },
  },
  {
    title: 'when time is up after a draft, the draft is the code',
    options: HOUR,
    replies: {
      'generate.direct': afterFailure('generate.interpreted', afterTime(HOUR_MS, writes)),
      'generate.interpreted': lost,
    },
    asked: ['classify', 'interpret', 'generate.direct', 'generate.interpreted'],
    ends: complex,
    response: complexResponse(
      {
        interpretedCode: '',
        enhancedDirectCode: codeBy('generate.direct'),
        enhancedInterpretedCode: '',
        bestImplementation: codeBy('generate.direct'),
      },
      codeBy('generate.direct'),
    ),
    degraded: { 'generate.interpreted': 'too-long', 'enhance.direct': 'deadline', polish: 'deadline' },
  },
  {
    title: 'when time is up before anything was written, the run fails and takes no other route',
    options: HOUR,
    replies: { classify: afterTime(HOUR_MS, reply('complex')) },
    asked: ['classify'],
    ends: { status: 'failed', stage: 'generate.direct', code: 'deadline' },
    degraded: { interpret: 'deadline' },
  },
  {
    title: 'a try that would come too late is not waited for',
    options: { deadlineSeconds: 60 },
    policy: { longestWaitMs: HOUR_MS },
    replies: {
      classify: simple,
      answer: fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 120_000 }),
    },
    asked: ['classify', 'answer', 'answer', 'answer'],
    ends: { status: 'failed', stage: 'answer', code: 'rate-limited' },
  },
];

const budget: readonly Case[] = [
  {
    title: 'a run that keeps within its budget has no need of it',
    options: { maxCostUsd: 1 },
    replies: {},
    asked: COMPLEX,
    ends: complex,
    response: complexResponse(),
  },
  {
    title: 'when the budget is used up before the last stage, the best implementation is the code',
    options: { maxCostUsd: 1 },
    replies: { compare: costing(1, prefers('enhance.direct')) },
    asked: complexBut('polish'),
    ends: complex,
    response: complexResponse({ bestImplementation: codeBy('enhance.direct') }, codeBy('enhance.direct')),
    degraded: { polish: 'budget' },
  },
  {
    title: 'when the budget is used up before anything was written, the run fails and takes no other route',
    options: { maxCostUsd: 1 },
    replies: { classify: costing(1, reply('complex')) },
    asked: ['classify'],
    ends: { status: 'failed', stage: 'generate.direct', code: 'budget' },
    degraded: { interpret: 'budget' },
  },
  {
    title: 'what failed calls cost counts: a further try is not made',
    options: { maxCostUsd: 1 },
    replies: {
      classify: simple,
      answer: fails({ intent: 'retry', code: 'truncated' }, { ...PAID, cost: 1 }),
    },
    asked: ['classify', 'answer'],
    ends: { status: 'failed', stage: 'answer', code: 'budget' },
    calls: { answer: [{ failure: { code: 'truncated' }, cost: 1 }] },
  },
];

const models: readonly Case[] = [
  {
    title: 'a run may have models of its own for a role; the other roles keep theirs',
    options: { models: { instructTuned: ['own-1', 'own-2'] } },
    replies: { classify: simple, answer: [refused, writes] },
    asked: ['classify', 'answer', 'answer'],
    ends: { status: 'completed', route: 'simple' },
    response: simpleResponse,
    calls: {
      classify: [{ model: 'classifier-1' }],
      answer: [
        { model: 'own-1', failure: { code: 'refused' } },
        { model: 'own-2', failure: null },
      ],
    },
  },
];

/** What a caller asked for beside the code is kept to. */
export const options: readonly Case[] = [...deadline, ...budget, ...models];
