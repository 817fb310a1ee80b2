import { graph } from '@codegen/pipeline';
import {
  codeBy,
  fenced,
  lost,
  prefers,
  type Replies,
  reply,
  SPECIFICATION,
} from '@codegen/testing/models/replies';
import {
  type Case,
  COMPLEX,
  codeBeforeLast,
  complexBut,
  complexResponse,
  LAST_STAGE,
  simpleResponse,
} from '@codegen/testing/runs/case';

const fail = (...stages: readonly string[]): Replies =>
  Object.fromEntries(stages.map((stage) => [stage, lost]));
const complex = { status: 'completed', route: 'complex' } as const;
const simple = { status: 'completed', route: 'simple' } as const;
const onlyDirect = {
  interpretedCode: '',
  enhancedInterpretedCode: '',
  bestImplementation: codeBy('enhance.direct'),
};
const onlyInterpreted = { directCode: '', enhancedDirectCode: '' };

const allButDrafts = complexBut('interpret', 'generate.direct', 'generate.interpreted');
const lastStep = graph.routes.complex.stage.step;
const everyStep = (text: string) =>
  Object.fromEntries(graph.stepsOf('complex').map(({ step }) => [step, text]));

/** What happens when a stage fails for good. */
export const degradation: readonly Case[] = [
  {
    title: 'when classify fails, the run takes the complex route',
    replies: fail('classify'),
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse(),
    degraded: { classify: 'too-long' },
  },
  {
    title: 'when classify gets no usable answer, the run takes the complex route',
    replies: { classify: reply('not simple') },
    calls: [...COMPLEX, 'classify', 'classify'],
    outcome: complex,
    response: complexResponse(),
    degraded: { classify: 'unreadable-answer' },
  },
  {
    title: 'when interpret fails, the direct branch continues and compare needs no model',
    replies: fail('interpret'),
    calls: complexBut('generate.interpreted', 'enhance.interpreted', 'compare'),
    outcome: complex,
    response: complexResponse({ interpretation: '', ...onlyDirect }),
    degraded: { interpret: 'too-long' },
  },
  {
    title: 'when generate.interpreted fails, the direct branch continues and compare needs no model',
    replies: fail('generate.interpreted'),
    calls: complexBut('enhance.interpreted', 'compare'),
    outcome: complex,
    response: complexResponse(onlyDirect),
    degraded: { 'generate.interpreted': 'too-long' },
  },
  {
    title: 'when generate.direct fails, the interpreted branch continues and compare needs no model',
    replies: fail('generate.direct'),
    calls: complexBut('enhance.direct', 'compare'),
    outcome: complex,
    response: complexResponse(onlyInterpreted),
    degraded: { 'generate.direct': 'too-long' },
  },
  {
    title: 'when enhance.direct fails, its draft is used',
    replies: { ...fail('enhance.direct'), compare: prefers('generate.direct') },
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse({
      enhancedDirectCode: codeBy('generate.direct'),
      bestImplementation: codeBy('generate.direct'),
    }),
    degraded: { 'enhance.direct': 'too-long' },
  },
  {
    title: 'when enhance.interpreted fails, its draft is used',
    replies: { ...fail('enhance.interpreted'), compare: prefers('generate.interpreted') },
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse({
      enhancedInterpretedCode: codeBy('generate.interpreted'),
      bestImplementation: codeBy('generate.interpreted'),
    }),
    degraded: { 'enhance.interpreted': 'too-long' },
  },
  {
    title: 'when compare fails, the interpreted implementation is used',
    replies: fail('compare'),
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse(),
    degraded: { compare: 'too-long' },
  },
  {
    title: 'when compare gets no usable answer, the interpreted implementation is used',
    replies: { compare: reply(fenced('fn main() {}')) },
    calls: [...COMPLEX, 'compare', 'compare'],
    outcome: complex,
    response: complexResponse(),
    degraded: { compare: 'unreadable-answer' },
  },
  {
    title: `when ${LAST_STAGE} fails, its input is the code`,
    replies: { ...fail(LAST_STAGE), compare: prefers('enhance.direct') },
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse(
      {
        bestImplementation: codeBy('enhance.direct'),
        ...(typeof lastStep === 'string' && { [lastStep]: codeBeforeLast('enhance.direct') }),
      },
      codeBeforeLast('enhance.direct'),
    ),
    degraded: { [LAST_STAGE]: 'too-long' },
  },
  {
    title: 'when all but interpret and the generate stages fail, a draft is the code',
    replies: fail(...allButDrafts),
    calls: COMPLEX,
    outcome: complex,
    response: complexResponse(
      {
        ...everyStep(codeBy('generate.interpreted')),
        interpretation: SPECIFICATION,
        directCode: codeBy('generate.direct'),
        enhancedDirectCode: codeBy('generate.direct'),
      },
      codeBy('generate.interpreted'),
    ),
    degraded: Object.fromEntries(allButDrafts.map((stage) => [stage, 'too-long'])),
  },
  {
    title: 'when both generate stages fail, the simple route answers',
    replies: fail('generate.direct', 'generate.interpreted'),
    calls: ['classify', 'generate.direct', 'interpret', 'generate.interpreted', 'answer'],
    outcome: simple,
    response: simpleResponse,
    degraded: { 'generate.direct': 'too-long', 'generate.interpreted': 'too-long', [LAST_STAGE]: 'too-long' },
  },
  {
    title: 'when generate.direct and interpret fail, the simple route answers',
    replies: fail('generate.direct', 'interpret'),
    calls: ['classify', 'generate.direct', 'interpret', 'answer'],
    outcome: simple,
    response: simpleResponse,
    degraded: { 'generate.direct': 'too-long', interpret: 'too-long', [LAST_STAGE]: 'too-long' },
  },
  {
    title: 'when both branches and answer fail, the run fails',
    replies: fail('classify', 'generate.direct', 'interpret', 'answer'),
    calls: ['classify', 'generate.direct', 'interpret', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'too-long' },
    degraded: {
      classify: 'too-long',
      'generate.direct': 'too-long',
      interpret: 'too-long',
      [LAST_STAGE]: 'too-long',
    },
  },
  {
    title: 'when clarify fails, the simple route answers',
    replies: { ...fail('clarify'), classify: reply('ambiguous') },
    calls: ['classify', 'clarify', 'answer'],
    outcome: simple,
    response: simpleResponse,
    degraded: { clarify: 'too-long' },
  },
  {
    title: 'when clarify and answer fail, the run fails',
    replies: { ...fail('clarify', 'answer'), classify: reply('ambiguous') },
    calls: ['classify', 'clarify', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'too-long' },
    degraded: { clarify: 'too-long' },
  },
  {
    title: 'when answer fails, the run fails',
    replies: { ...fail('answer'), classify: reply('simple') },
    calls: ['classify', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'too-long' },
  },
];
