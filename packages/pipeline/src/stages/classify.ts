import { readDecision } from '../code/decision.ts';
import { normalizeAnswer } from '../code/normalize.ts';
import { unreadable } from '../run/failure.ts';
import { buildPrompt } from './prompt.ts';
import { type AnswerSchema, defineStage, ROUTES, type Route } from './stage.ts';

const task = `Decide how the request should be served. Answer with one JSON object and nothing else:
{"route": "simple" or "complex" or "ambiguous"}
simple – one function, snippet or short script, clear as it stands
complex – several parts, files or requirements that must work together
ambiguous – it cannot be told what code is wanted; a question must be asked first`;

const schema: AnswerSchema = {
  name: 'route',
  schema: {
    type: 'object',
    properties: { route: { type: 'string', enum: [...ROUTES] } },
    required: ['route'],
    additionalProperties: false,
  },
};

/** The names that models give the field. */
const FIELDS = [
  'route',
  'classification',
  'category',
  'class',
  'complexity',
  'answer',
  'label',
  'decision',
  'result',
  'type',
];

const routeOf = (word: string): Route | null => ROUTES.find((route) => route === word.toLowerCase()) ?? null;

export const classify = defineStage({
  name: 'classify',
  role: 'classifier',
  output: 'route',
  log: 'classifier_responses.txt',
  consequence: 'the request was treated as complex',
  prompt: (context) => ({ ...buildPrompt('classify', task, context), schema }),
  read(text) {
    const answer = readDecision(normalizeAnswer(text), FIELDS, routeOf);
    if (answer === null)
      throw unreadable('the classifier answered with neither simple, complex nor ambiguous');
    return { kind: 'route', route: answer.decision };
  },
  fallbackOutput: () => ({ kind: 'route', route: 'complex' }),
});
