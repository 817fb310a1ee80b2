import { type Case, COMPLEX, complexBut, complexResponse, simpleResponse } from '@codegen/testing/case';
import { codeBy, fenced, lost, prefers, type Replies, reply } from '@codegen/testing/replies';

const down = (...stages: readonly string[]): Replies =>
  Object.fromEntries(stages.map((stage) => [stage, lost]));
const complex = { status: 'completed', route: 'complex' } as const;
const simple = { status: 'completed', route: 'simple' } as const;
const onlyDirect = {
  interpretedCode: '',
  enhancedInterpretedCode: '',
  bestImplementation: codeBy('enhance.direct'),
};
const onlyInterpreted = { directCode: '', enhancedDirectCode: '' };

/** The table of what happens when a stage fails for good, row by row. */
export const degrade: readonly Case[] = [
  {
    title: 'classify is lost: the request is complex',
    replies: down('classify'),
    asked: COMPLEX,
    ends: complex,
    response: complexResponse(),
    degraded: { classify: 'too-long' },
  },
  {
    title: 'classify never says one of its words: the request is complex',
    replies: { classify: reply('not simple') },
    asked: [...COMPLEX, 'classify', 'classify'],
    ends: complex,
    response: complexResponse(),
    degraded: { classify: 'unreadable-answer' },
  },
  {
    title: 'interpret is lost: the direct branch goes on alone, and nothing is compared',
    replies: down('interpret'),
    asked: complexBut('generate.interpreted', 'enhance.interpreted', 'compare'),
    ends: complex,
    response: complexResponse({ interpretation: '', ...onlyDirect }),
    degraded: { interpret: 'too-long' },
  },
  {
    title: 'generate.interpreted is lost: the direct branch goes on alone, and nothing is compared',
    replies: down('generate.interpreted'),
    asked: complexBut('enhance.interpreted', 'compare'),
    ends: complex,
    response: complexResponse(onlyDirect),
    degraded: { 'generate.interpreted': 'too-long' },
  },
  {
    title: 'generate.direct is lost: the interpreted branch goes on alone, and nothing is compared',
    replies: down('generate.direct'),
    asked: complexBut('enhance.direct', 'compare'),
    ends: complex,
    response: complexResponse(onlyInterpreted),
    degraded: { 'generate.direct': 'too-long' },
  },
  {
    title: 'enhance.direct is lost: its draft goes on',
    replies: { ...down('enhance.direct'), compare: prefers('generate.direct') },
    asked: COMPLEX,
    ends: complex,
    response: complexResponse({
      enhancedDirectCode: codeBy('generate.direct'),
      bestImplementation: codeBy('generate.direct'),
    }),
    degraded: { 'enhance.direct': 'too-long' },
  },
  {
    title: 'enhance.interpreted is lost: its draft goes on',
    replies: { ...down('enhance.interpreted'), compare: prefers('generate.interpreted') },
    asked: COMPLEX,
    ends: complex,
    response: complexResponse({
      enhancedInterpretedCode: codeBy('generate.interpreted'),
      bestImplementation: codeBy('generate.interpreted'),
    }),
    degraded: { 'enhance.interpreted': 'too-long' },
  },
  {
    title: 'compare is lost: the interpreted implementation is taken',
    replies: down('compare'),
    asked: COMPLEX,
    ends: complex,
    response: complexResponse(),
    degraded: { compare: 'too-long' },
  },
  {
    title: 'compare never chooses: the interpreted implementation is taken',
    replies: { compare: reply(fenced('fn main() {}')) },
    asked: [...COMPLEX, 'compare', 'compare'],
    ends: complex,
    response: complexResponse(),
    degraded: { compare: 'unreadable-answer' },
  },
  {
    title: 'polish is lost: the best implementation is the code',
    replies: { ...down('polish'), compare: prefers('enhance.direct') },
    asked: COMPLEX,
    ends: complex,
    response: complexResponse({ bestImplementation: codeBy('enhance.direct') }, codeBy('enhance.direct')),
    degraded: { polish: 'too-long' },
  },
  {
    title: 'all but interpret and the generates is lost: a draft is the code',
    replies: down('classify', 'enhance.direct', 'enhance.interpreted', 'compare', 'polish'),
    asked: COMPLEX,
    ends: complex,
    response: complexResponse(
      {
        enhancedDirectCode: codeBy('generate.direct'),
        enhancedInterpretedCode: codeBy('generate.interpreted'),
        bestImplementation: codeBy('generate.interpreted'),
      },
      codeBy('generate.interpreted'),
    ),
    degraded: {
      classify: 'too-long',
      'enhance.direct': 'too-long',
      'enhance.interpreted': 'too-long',
      compare: 'too-long',
      polish: 'too-long',
    },
  },
  {
    title: 'both generates are lost: the simple route answers',
    replies: down('generate.direct', 'generate.interpreted'),
    asked: ['classify', 'generate.direct', 'interpret', 'generate.interpreted', 'answer'],
    ends: simple,
    response: simpleResponse,
    degraded: { 'generate.direct': 'too-long', 'generate.interpreted': 'too-long', polish: 'too-long' },
  },
  {
    title: 'generate.direct and interpret are lost: the simple route answers',
    replies: down('generate.direct', 'interpret'),
    asked: ['classify', 'generate.direct', 'interpret', 'answer'],
    ends: simple,
    response: simpleResponse,
    degraded: { 'generate.direct': 'too-long', interpret: 'too-long', polish: 'too-long' },
  },
  {
    title: 'both branches and the simple route are lost: the run fails',
    replies: down('classify', 'generate.direct', 'interpret', 'answer'),
    asked: ['classify', 'generate.direct', 'interpret', 'answer'],
    ends: { status: 'failed', stage: 'answer', code: 'too-long' },
    degraded: {
      classify: 'too-long',
      'generate.direct': 'too-long',
      interpret: 'too-long',
      polish: 'too-long',
    },
  },
  {
    title: 'clarify is lost: the simple route answers',
    replies: { ...down('clarify'), classify: reply('ambiguous') },
    asked: ['classify', 'clarify', 'answer'],
    ends: simple,
    response: simpleResponse,
    degraded: { clarify: 'too-long' },
  },
  {
    title: 'clarify and the simple route are lost: the run fails',
    replies: { ...down('clarify', 'answer'), classify: reply('ambiguous') },
    asked: ['classify', 'clarify', 'answer'],
    ends: { status: 'failed', stage: 'answer', code: 'too-long' },
    degraded: { clarify: 'too-long' },
  },
  {
    title: 'the simple route is lost: the run fails',
    replies: { ...down('answer'), classify: reply('simple') },
    asked: ['classify', 'answer'],
    ends: { status: 'failed', stage: 'answer', code: 'too-long' },
  },
];
