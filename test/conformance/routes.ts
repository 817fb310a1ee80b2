import { after, codeBy, hangs, prefers, QUESTION, reply, writes } from '@codegen/testing/models/replies';
import { type Case, COMPLEX, complexResponse, simpleResponse } from '@codegen/testing/runs/case';

const question = { code: '', feedback: QUESTION, ambiguous: true } as const;

export const routes: readonly Case[] = [
  {
    title: 'one stage answers a simple request',
    replies: { classify: reply('simple') },
    calls: ['classify', 'answer'],
    outcome: { status: 'completed', route: 'simple', language: 'python' },
    response: simpleResponse,
  },
  {
    title: 'an ambiguous request gets a question',
    replies: { classify: reply('ambiguous') },
    calls: ['classify', 'clarify'],
    outcome: { status: 'completed', route: 'ambiguous', language: null, files: [] },
    response: question,
  },
  {
    title: 'a complex request calls every stage of both branches once',
    replies: {},
    calls: COMPLEX,
    outcome: { status: 'completed', route: 'complex', language: 'python' },
    response: complexResponse(),
  },
  {
    title: 'the best implementation is the one that the reviewer chooses',
    replies: { compare: prefers('enhance.direct') },
    calls: COMPLEX,
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse({ bestImplementation: codeBy('enhance.direct') }),
  },
  {
    title: 'the branches run concurrently',
    replies: {
      'generate.direct': after('interpret', writes),
      interpret: after('generate.direct', reply('{"specification": {"goal": "Print a name"}}')),
    },
    calls: COMPLEX,
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse(),
  },
  {
    title: 'one branch can complete while the first stage of the other is running',
    replies: { 'generate.direct': after('enhance.interpreted', writes) },
    calls: COMPLEX,
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse(),
  },
  {
    title: 'a question from interpret finishes the run while the direct draft is being written',
    replies: {
      'generate.direct': hangs,
      interpret: after('generate.direct', reply(JSON.stringify({ unclear: QUESTION }))),
    },
    calls: ['classify', 'interpret', 'generate.direct'],
    outcome: { status: 'completed', route: 'ambiguous' },
    response: question,
  },
  {
    title: 'a question from interpret finishes the run while the direct draft is being enhanced',
    replies: {
      'enhance.direct': hangs,
      interpret: after('enhance.direct', reply(JSON.stringify({ unclear: QUESTION }))),
    },
    calls: ['classify', 'interpret', 'generate.direct', 'enhance.direct'],
    outcome: { status: 'completed', route: 'ambiguous' },
    response: question,
  },
];
