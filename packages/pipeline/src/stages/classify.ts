import { readDecision } from '../code/decision.ts';
import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { unreadable } from '../run/failure.ts';
import { buildPrompt } from './prompt.ts';
import { type AnswerSchema, CLASSIFIED_ROUTES, defineStage, type Route } from './stage.ts';

const task = `Decide how the request should be served. Answer with one JSON object and nothing else:
{"route": "simple" or "complex" or "ambiguous"}
simple – one function, snippet or short script, clear as it stands
complex – several parts, files or requirements that must work together
ambiguous – it cannot be told what code is wanted; a question must be asked first`;

const schema: AnswerSchema = {
  name: 'route',
  schema: {
    type: 'object',
    properties: { route: { type: 'string', enum: [...CLASSIFIED_ROUTES] } },
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

/** `The answer is simple`, `classified as complex`. "It is simple" is no answer: it may speak of a part. */
const SENTENCE =
  /\b(?:(?:answer|route|category|class|classification|complexity)(?: (?:of|for) (?:this|the) (?:request|task))? (?:is|would be|should be)|classif(?:y|ied) [^.\n]{0,60}?\bas)[: ]+(simple|complex|ambiguous)\b/gi;
const ANY_ROUTE = /\b(?:simple|complex|ambiguous|not|neither)\b/gi;
const LONGEST_SENTENCE = 2_000;

/** The route that a sentence names, if the answer has no other word of the kind. */
function routeInSentence(text: string): Route | null {
  const prose = text.length > LONGEST_SENTENCE ? '' : text.replace(/["'`*_]/g, '');
  const [match, ...others] = [...prose.matchAll(SENTENCE)];
  const words = new Set([...prose.matchAll(ANY_ROUTE)].map(([word]) => word.toLowerCase()));
  return match === undefined || others.length > 0 || words.size !== 1 ? null : routeOf(match[1]!);
}

const routeOf = (word: string): Route | null =>
  CLASSIFIED_ROUTES.find((route) => route === word.toLowerCase()) ?? null;

export const classify = defineStage({
  name: 'classify',
  role: 'classifier',
  output: 'route',
  log: 'classifier_responses.txt',
  consequence: 'the request was treated as complex',
  prompt: (context) => ({ ...buildPrompt('classify', task, context), schema }),
  decide: ({ requestedRoute: route }) => (route === undefined ? undefined : { kind: 'route', route }),
  read(text) {
    const answer = normalizeAnswer(text);
    const route = readDecision(answer, FIELDS, routeOf)?.decision ?? routeInSentence(answer);
    if (route === null)
      throw unreadable('the classifier answered with neither simple, complex nor ambiguous');
    return { kind: 'route', route };
  },
  fallbackOutput: () => ({ kind: 'route', route: 'complex' }),
});
