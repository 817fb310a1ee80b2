import { codeBy, fenced, PAID, prefers, reply, UNPARSABLE, writes } from '@codegen/testing/models/replies';
import {
  type Case,
  COMPLEX,
  codeBeforeLast,
  complexBut,
  complexResponse,
  LAST_STAGE,
} from '@codegen/testing/runs/case';

const broken = (text: string) => reply(fenced(`${UNPARSABLE} ${text}`));
const simple = reply('{"route": "simple"}');
const responseOf = (code: string) => ({ code, steps: { directCode: code } });

/** What happens with code that does not parse. */
export const syntax: readonly Case[] = [
  {
    title: 'code that does not parse is mended by one more call of the same model',
    replies: { classify: simple, answer: [broken('first'), writes] },
    calls: ['classify', 'answer', 'answer'],
    outcome: { status: 'completed', route: 'simple' },
    response: responseOf(codeBy('answer')),
    recordedCalls: {
      answer: [
        { model: 'instructTuned-1', failure: { code: 'unparsable' }, ...PAID },
        { model: 'instructTuned-1', failure: null },
      ],
    },
  },
  {
    title: 'code that was not mended is returned and marked',
    replies: { classify: simple, answer: [broken('first'), broken('second')] },
    calls: ['classify', 'answer', 'answer'],
    outcome: { status: 'completed', route: 'simple' },
    response: responseOf(`${UNPARSABLE} second`),
    degraded: { answer: 'unparsable' },
  },
  {
    title: `an answer of ${LAST_STAGE} that does not parse is dropped for its input`,
    replies: { [LAST_STAGE]: broken('polished') },
    calls: [...COMPLEX, LAST_STAGE],
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse({}, codeBeforeLast('enhance.interpreted')),
    degraded: { [LAST_STAGE]: 'unparsable' },
  },
  {
    title: 'of two candidates, the one that parses is chosen without a model call',
    replies: {
      'generate.interpreted': broken('draft'),
      'enhance.interpreted': broken('enhanced'),
      compare: prefers('enhance.interpreted'),
    },
    calls: [...complexBut('compare'), 'generate.interpreted', 'enhance.interpreted'],
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse({
      interpretedCode: `${UNPARSABLE} draft`,
      enhancedInterpretedCode: `${UNPARSABLE} draft`,
      bestImplementation: codeBy('enhance.direct'),
    }),
    degraded: { 'enhance.interpreted': 'unparsable' },
  },
];
