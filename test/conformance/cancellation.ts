import { fails, hangs, reply } from '@codegen/testing/models/replies';
import { type Case, COMPLEX, LAST_STAGE } from '@codegen/testing/runs/case';

const outcome = { status: 'cancelled' } as const;
const rateLimited = fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 3_600_000 });

export const cancellation: readonly Case[] = [
  {
    title: 'a run can be cancelled before it starts',
    replies: { classify: hangs },
    cancel: null,
    calls: [],
    optionalCalls: ['classify'],
    outcome,
  },
  {
    title: 'a run can be cancelled in its first stage',
    replies: { classify: hangs },
    cancel: ({ whenCalled }) => whenCalled('classify'),
    calls: ['classify'],
    outcome,
  },
  {
    title: 'a run can be cancelled in both branches at once',
    replies: { 'generate.direct': hangs, interpret: hangs },
    cancel: async ({ whenCalled }) => {
      await whenCalled('generate.direct');
      await whenCalled('interpret');
    },
    calls: ['classify', 'generate.direct', 'interpret'],
    outcome,
  },
  {
    title: 'a run can be cancelled in its last stage',
    replies: { [LAST_STAGE]: hangs },
    cancel: ({ whenCalled }) => whenCalled(LAST_STAGE),
    calls: COMPLEX,
    outcome,
  },
  {
    title: 'a run can be cancelled on its fallback route',
    replies: {
      classify: reply('ambiguous'),
      clarify: fails({ intent: 'giveUp', code: 'too-long' }),
      answer: hangs,
    },
    cancel: ({ whenCalled }) => whenCalled('answer'),
    calls: ['classify', 'clarify', 'answer'],
    outcome,
  },
  {
    title: 'a run can be cancelled while a stage waits for a retry',
    policy: { fallbackAfterMs: 7_200_000, longestWaitMs: 7_200_000 },
    replies: { classify: reply('simple'), answer: rateLimited },
    cancel: ({ whenFailed }) => whenFailed('answer'),
    calls: ['classify', 'answer'],
    outcome,
  },
];
