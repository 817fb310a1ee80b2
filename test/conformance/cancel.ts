import { type Case, COMPLEX } from '@codegen/testing/case';
import { fails, hangs, reply } from '@codegen/testing/replies';

const ends = { status: 'cancelled' } as const;
const later = fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 3_600_000 });

export const cancel: readonly Case[] = [
  {
    title: 'a run can be cancelled before it starts',
    replies: { classify: hangs },
    cancel: null,
    asked: [],
    perhaps: ['classify'],
    ends,
  },
  {
    title: 'a run can be cancelled in its first stage',
    replies: { classify: hangs },
    cancel: ({ whenAsked }) => whenAsked('classify'),
    asked: ['classify'],
    ends,
  },
  {
    title: 'a run can be cancelled in both branches at once',
    replies: { 'generate.direct': hangs, interpret: hangs },
    cancel: async ({ whenAsked }) => {
      await whenAsked('generate.direct');
      await whenAsked('interpret');
    },
    asked: ['classify', 'generate.direct', 'interpret'],
    ends,
  },
  {
    title: 'a run can be cancelled in its last stage',
    replies: { polish: hangs },
    cancel: ({ whenAsked }) => whenAsked('polish'),
    asked: COMPLEX,
    ends,
  },
  {
    title: 'a run can be cancelled on a route that took over',
    replies: {
      classify: reply('ambiguous'),
      clarify: fails({ intent: 'giveUp', code: 'too-long' }),
      answer: hangs,
    },
    cancel: ({ whenAsked }) => whenAsked('answer'),
    asked: ['classify', 'clarify', 'answer'],
    ends,
  },
  {
    title: 'a run can be cancelled while its stage waits for its next try',
    policy: { patienceMs: 7_200_000, longestWaitMs: 7_200_000 },
    replies: { classify: reply('simple'), answer: later },
    cancel: ({ whenFailed }) => whenFailed('answer'),
    asked: ['classify', 'answer'],
    ends,
  },
];
