import { type Case, COMPLEX, complexResponse, simpleResponse } from '@codegen/testing/case';
import { fails, LEAK, PAID, reply, writes } from '@codegen/testing/replies';

const overloaded = fails({ intent: 'retry', code: 'overloaded' });
const refused = fails({ intent: 'nextModel', code: 'refused' });
const simple = reply('simple');
const answered = { ends: { status: 'completed', route: 'simple' }, response: simpleResponse } as const;

export const retries: readonly Case[] = [
  {
    title: 'a call that fails is made again, and what each cost is kept',
    replies: {
      classify: simple,
      answer: [
        fails({ intent: 'retry', code: 'truncated' }, { ...PAID, cost: 0.5, servedModel: 'other/one' }),
        fails({ intent: 'retry', code: 'timeout' }),
        writes,
      ],
    },
    asked: ['classify', 'answer', 'answer', 'answer'],
    ...answered,
    calls: {
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
    title: 'the stand-ins are asked in order, and who was asked and who served is on record',
    replies: {
      classify: simple,
      answer: [refused, fails({ intent: 'nextModel', code: 'no-such-model' }), writes],
    },
    asked: ['classify', 'answer', 'answer', 'answer'],
    ...answered,
    calls: {
      answer: [
        { model: 'instructTuned-1', servedModel: null, failure: { code: 'refused' } },
        { model: 'instructTuned-2', servedModel: null, failure: { code: 'no-such-model' } },
        { model: 'instructTuned-3', servedModel: 'served/instructTuned-3', failure: null },
      ],
    },
  },
  {
    title: 'a stand-in is asked when the main model has used up its tries',
    policy: { tries: 2 },
    replies: { classify: simple, answer: [overloaded, overloaded, writes] },
    asked: ['classify', 'answer', 'answer', 'answer'],
    ...answered,
    calls: {
      answer: [{ model: 'instructTuned-1' }, { model: 'instructTuned-1' }, { model: 'instructTuned-2' }],
    },
  },
  {
    title: 'a stand-in is asked rather than waiting longer than patience lasts',
    replies: {
      classify: simple,
      answer: [fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 4_000 }), writes],
    },
    asked: ['classify', 'answer', 'answer'],
    ...answered,
    calls: { answer: [{ model: 'instructTuned-1' }, { model: 'instructTuned-2' }] },
  },
  {
    title: 'a stage is lost when every model has used up its tries',
    policy: { tries: 2 },
    replies: { classify: simple, answer: overloaded },
    asked: ['classify', ...Array.from({ length: 6 }, () => 'answer')],
    ends: { status: 'failed', stage: 'answer', code: 'overloaded' },
    calls: { answer: [1, 1, 2, 2, 3, 3].map((number) => ({ model: `instructTuned-${number}` })) },
  },
  {
    title: 'a stage is lost when nobody can serve it for too long',
    replies: {
      classify: simple,
      answer: fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 3_600_000 }),
    },
    asked: ['classify', 'answer', 'answer', 'answer'],
    ends: { status: 'failed', stage: 'answer', code: 'rate-limited' },
  },
  {
    title: 'both branches retry on their own',
    replies: { 'generate.direct': [overloaded, writes], 'generate.interpreted': [refused, refused, writes] },
    asked: [...COMPLEX, 'generate.direct', 'generate.interpreted', 'generate.interpreted'],
    ends: { status: 'completed', route: 'complex' },
    response: complexResponse(),
  },
  ...[
    ['an empty answer', ''],
    ['a refusal', `I'm sorry, but I can't help with that. ${LEAK}.`],
    ['reasoning alone', `<think>\n\`\`\`python\nprint("${LEAK}")\n\`\`\`\n</think>`],
    ['reasoning that never ends', `<think>\n\`\`\`python\nprint("${LEAK}")\n\`\`\``],
  ].map(
    ([what = '', text = '']): Case => ({
      title: `${what} is paid for, never taken for code, and the next model is asked`,
      replies: { classify: simple, answer: [reply(text), writes] },
      asked: ['classify', 'answer', 'answer'],
      ...answered,
      calls: {
        answer: [
          { servedModel: 'served/instructTuned-1', failure: { code: 'unreadable-answer' }, ...PAID },
          { servedModel: 'served/instructTuned-2', failure: null },
        ],
      },
    }),
  ),
];
