import { type Case, COMPLEX, complexBut, complexResponse, simpleResponse } from './case.ts';
import { after, afterFailure, fails, hangs, lost, QUESTION, says, writes } from './replies.ts';

const ALL = { speculate: 'all' } as const;
const simple = { status: 'completed', route: 'simple' } as const;
const complex = { status: 'completed', route: 'complex' } as const;
const aborted = [{ failure: { code: 'aborted' } }];

export const speculation: readonly Case[] = [
  {
    title: 'a simple request is answered while it is classified',
    terms: { speculate: 'direct' },
    replies: { classify: after('answer', says('simple')) },
    asked: ['classify', 'answer'],
    ends: simple,
    response: simpleResponse,
    calls: { answer: [{ failure: null }] },
  },
  {
    title: 'an answer that came before the route is the answer all the same',
    terms: ALL,
    replies: { classify: after('interpret', says('simple')), interpret: hangs },
    asked: ['classify', 'answer', 'interpret'],
    ends: simple,
    response: simpleResponse,
    calls: { interpret: aborted },
  },
  {
    title: 'a complex request goes on from the interpretation, and the direct answer is broken off',
    terms: ALL,
    replies: { classify: after('answer', says('complex')), answer: hangs },
    asked: [...COMPLEX, 'answer'],
    ends: complex,
    response: complexResponse(),
    calls: { answer: aborted, interpret: [{ failure: null }] },
  },
  {
    title: 'an interpretation that takes longer than the classification is waited for',
    terms: ALL,
    replies: {
      answer: hangs,
      interpret: afterFailure('answer', says('{"specification": {"goal": "Print a name"}}')),
    },
    asked: [...COMPLEX, 'answer'],
    ends: complex,
    response: complexResponse(),
  },
  {
    title: 'a question of the interpretation is nothing to a simple request',
    terms: ALL,
    replies: {
      classify: after('interpret', says('simple')),
      interpret: says(JSON.stringify({ unclear: QUESTION })),
    },
    asked: ['classify', 'answer', 'interpret'],
    ends: simple,
    response: simpleResponse,
  },
  {
    title: 'what failed on a way that was not taken is not missed',
    terms: ALL,
    replies: { classify: after('interpret', says('simple')), interpret: lost },
    asked: ['classify', 'answer', 'interpret'],
    ends: simple,
    response: simpleResponse,
  },
  {
    title: 'an answer that was broken off is asked for again when both branches come to nothing',
    terms: ALL,
    replies: {
      classify: after('answer', says('complex')),
      answer: [hangs, writes],
      interpret: lost,
      'generate.direct': lost,
    },
    asked: ['classify', 'answer', 'answer', 'interpret', 'generate.direct'],
    ends: simple,
    response: simpleResponse,
    degraded: { interpret: 'too-long', 'generate.direct': 'too-long', polish: 'too-long' },
    calls: { answer: [{ failure: { code: 'aborted' } }, { failure: null }] },
  },
  {
    title: 'a classification that is tried again does not lose what was begun beside it',
    terms: { speculate: 'direct' },
    replies: {
      classify: [fails({ intent: 'retry', code: 'overloaded' }), after('answer', says('simple'))],
    },
    asked: ['classify', 'classify', 'answer'],
    ends: simple,
    response: simpleResponse,
  },
  {
    title: 'a run may ask for none',
    terms: { speculate: 'off' },
    replies: {},
    asked: complexBut(),
    ends: complex,
    response: complexResponse(),
  },
];
