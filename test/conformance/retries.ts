import { fails, LEAK, PAID, reply, writes } from '@codegen/testing/models/replies';
import { type Case, COMPLEX, complexResponse, simpleResponse } from '@codegen/testing/runs/case';

const overloaded = fails({ intent: 'retry', code: 'overloaded' });
const refused = fails({ intent: 'nextModel', code: 'refused' });
const simple = reply('simple');
const completed = { outcome: { status: 'completed', route: 'simple' }, response: simpleResponse } as const;

export const retries: readonly Case[] = [
  {
    title: 'a failed call is repeated, and the usage of each call is recorded',
    replies: {
      classify: simple,
      answer: [
        fails({ intent: 'retry', code: 'truncated' }, { ...PAID, cost: 0.5, servedModel: 'other/one' }),
        fails({ intent: 'retry', code: 'timeout' }),
        writes,
      ],
    },
    calls: ['classify', 'answer', 'answer', 'answer'],
    ...completed,
    recordedCalls: {
      classify: [{ model: 'classifier-1', failure: null, ...PAID }],
      answer: [
        {
          model: 'instructTuned-1',
          servedModel: 'other/one',
          failure: { code: 'truncated' },
          ...PAID,
          cost: 0.5,
        },
        { model: 'instructTuned-1', servedModel: null, failure: { code: 'timeout' }, cost: null },
        { model: 'instructTuned-1', servedModel: 'served/instructTuned-1', failure: null, ...PAID },
      ],
    },
  },
  {
    title: 'fallback models are called in order, and the requested and serving models are recorded',
    replies: {
      classify: simple,
      answer: [refused, fails({ intent: 'nextModel', code: 'no-such-model' }), writes],
    },
    calls: ['classify', 'answer', 'answer', 'answer'],
    ...completed,
    recordedCalls: {
      answer: [
        { model: 'instructTuned-1', servedModel: null, failure: { code: 'refused' } },
        { model: 'instructTuned-2', servedModel: null, failure: { code: 'no-such-model' } },
        { model: 'instructTuned-3', servedModel: 'served/instructTuned-3', failure: null },
      ],
    },
  },
  {
    title: 'a fallback model is called when the main model has no tries left',
    policy: { tries: 2 },
    replies: { classify: simple, answer: [overloaded, overloaded, writes] },
    calls: ['classify', 'answer', 'answer', 'answer'],
    ...completed,
    recordedCalls: {
      answer: [{ model: 'instructTuned-1' }, { model: 'instructTuned-1' }, { model: 'instructTuned-2' }],
    },
  },
  {
    title: 'a fallback model is called when the main model is unavailable for longer than fallbackAfterMs',
    replies: {
      classify: simple,
      answer: [fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 4_000 }), writes],
    },
    calls: ['classify', 'answer', 'answer'],
    ...completed,
    recordedCalls: { answer: [{ model: 'instructTuned-1' }, { model: 'instructTuned-2' }] },
  },
  {
    title: 'a stage fails when no model has tries left',
    policy: { tries: 2 },
    replies: { classify: simple, answer: overloaded },
    calls: ['classify', ...Array.from({ length: 6 }, () => 'answer')],
    outcome: { status: 'failed', stage: 'answer', code: 'overloaded' },
    recordedCalls: { answer: [1, 1, 2, 2, 3, 3].map((number) => ({ model: `instructTuned-${number}` })) },
  },
  {
    title: 'a stage fails when no model is available within longestWaitMs',
    replies: {
      classify: simple,
      answer: fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 3_600_000 }),
    },
    calls: ['classify', 'answer', 'answer', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'rate-limited' },
  },
  {
    title: 'the branches retry independently',
    replies: { 'generate.direct': [overloaded, writes], 'generate.interpreted': [refused, refused, writes] },
    calls: [...COMPLEX, 'generate.direct', 'generate.interpreted', 'generate.interpreted'],
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse(),
  },
  ...[
    ['an empty answer', ''],
    ['a refusal', `I'm sorry, but I can't help with that. ${LEAK}.`],
    ['reasoning without an answer', `<think>\n\`\`\`python\nprint("${LEAK}")\n\`\`\`\n</think>`],
    ['reasoning without an end', `<think>\n\`\`\`python\nprint("${LEAK}")\n\`\`\``],
  ].map(
    ([what = '', text = '']): Case => ({
      title: `${what} is recorded with its cost, is not used as code, and the next model is called`,
      replies: { classify: simple, answer: [reply(text), writes] },
      calls: ['classify', 'answer', 'answer'],
      ...completed,
      recordedCalls: {
        answer: [
          { servedModel: 'served/instructTuned-1', failure: { code: 'unreadable-answer' }, ...PAID },
          { servedModel: 'served/instructTuned-2', failure: null },
        ],
      },
    }),
  ),
];
