import { type Case, COMPLEX, complexResponse, simpleResponse } from '@codegen/testing/case';
import { after, codeBy, hangs, prefers, QUESTION, reply, writes } from '@codegen/testing/replies';

const question = { code: '', feedback: QUESTION, ambiguous: true } as const;

export const routes: readonly Case[] = [
  {
    title: 'a simple request is answered by one model',
    replies: { classify: reply('simple') },
    asked: ['classify', 'answer'],
    ends: { status: 'completed', route: 'simple', language: 'python' },
    response: simpleResponse,
  },
  {
    title: 'an ambiguous request is answered by a question',
    replies: { classify: reply('ambiguous') },
    asked: ['classify', 'clarify'],
    ends: { status: 'completed', route: 'ambiguous', language: null, files: [] },
    response: question,
  },
  {
    title: 'a complex request takes every stage of both branches once',
    replies: {},
    asked: COMPLEX,
    ends: { status: 'completed', route: 'complex', language: 'python' },
    response: complexResponse(),
  },
  {
    title: 'the reviewer may prefer the direct branch',
    replies: { compare: prefers('enhance.direct') },
    asked: COMPLEX,
    ends: { status: 'completed', route: 'complex' },
    response: complexResponse({ bestImplementation: codeBy('enhance.direct') }),
  },
  {
    title: 'the branches run at the same time',
    replies: {
      'generate.direct': after('interpret', writes),
      interpret: after('generate.direct', reply('{"specification": {"goal": "Print a name"}}')),
    },
    asked: COMPLEX,
    ends: { status: 'completed', route: 'complex' },
    response: complexResponse(),
  },
  {
    title: 'a whole branch can run while the other one waits',
    replies: { 'generate.direct': after('enhance.interpreted', writes) },
    asked: COMPLEX,
    ends: { status: 'completed', route: 'complex' },
    response: complexResponse(),
  },
  {
    title:
      'a request that cannot be specified is answered by a question, without waiting for the direct branch',
    replies: {
      'generate.direct': hangs,
      interpret: after('generate.direct', reply(JSON.stringify({ unclear: QUESTION }))),
    },
    asked: ['classify', 'interpret', 'generate.direct'],
    ends: { status: 'completed', route: 'ambiguous' },
    response: question,
  },
  {
    title:
      'a request that cannot be specified is answered by a question, though the direct branch came further',
    replies: {
      'enhance.direct': hangs,
      interpret: after('enhance.direct', reply(JSON.stringify({ unclear: QUESTION }))),
    },
    asked: ['classify', 'interpret', 'generate.direct', 'enhance.direct'],
    ends: { status: 'completed', route: 'ambiguous' },
    response: question,
  },
];
