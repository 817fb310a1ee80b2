import { readDecision } from '../code/decision.ts';
import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { unreadable } from '../run/failure.ts';
import { buildPrompt } from './prompt.ts';
import { type AnswerSchema, CLASSIFIED_ROUTES, defineStage, type Route, type StageContext } from './stage.ts';

const task = `Decide how the request should be served. Answer with one JSON object and nothing else:
{"route": "simple" or "complex" or "ambiguous"}
simple – one function, snippet or short script, clear as it stands
complex – several parts, files or requirements that must work together
ambiguous – it cannot be told what code is wanted; a question must be asked first`;

const taskWithCode = `Decide how the request should be served. There is code already: the section "files" lists its files with
their numbers of lines. Answer with one JSON object and nothing else:
{"route": "edit" or "simple" or "complex" or "ambiguous"}
edit – a change to that code: a fix, another name, a changed or added function, a file added to it
simple – one function, snippet or short script that stands on its own
complex – a large change: most of the code is written anew, or a new part of several files is added
ambiguous – it cannot be told what is wanted; a question must be asked first`;

const schemaOf = (routes: readonly Route[]): AnswerSchema => ({
  name: 'route',
  schema: {
    type: 'object',
    properties: { route: { type: 'string', enum: [...routes] } },
    required: ['route'],
    additionalProperties: false,
  },
});

/** The routes of a request: `edit` only if there is code. */
const routesFor = ({ files }: StageContext): readonly Route[] =>
  CLASSIFIED_ROUTES.filter((route) => route !== 'edit' || files.length > 0);

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
  /\b(?:(?:answer|route|category|class|classification|complexity)(?: (?:of|for) (?:this|the) (?:request|task))? (?:is|would be|should be)|classif(?:y|ied) [^.\n]{0,60}?\bas|(?:this|the) (?:request|task|query) is(?: an?)?|this is an?|\bI(?:['’]?d| would)? (?:say|choose|pick|select|go with|answer))[: ]+(simple|complex|ambiguous|edit)\b/gi;
const ANY_ROUTE = /\b(?:simple|complex|ambiguous|not|neither)\b/gi;
const ANY_ROUTE_WITH_CODE = /\b(?:simple|complex|ambiguous|edit|not|neither)\b/gi;
const LONGEST_SENTENCE = 2_000;

/** The route that a sentence names, if the answer has no other word of the kind. */
function routeInSentence(text: string, routes: readonly Route[]): Route | null {
  const prose = text.length > LONGEST_SENTENCE ? '' : text.replace(/["'`*_]/g, '');
  const [match, ...others] = [...prose.matchAll(SENTENCE)];
  const words = new Set(
    [...prose.matchAll(routes.includes('edit') ? ANY_ROUTE_WITH_CODE : ANY_ROUTE)].map(([word]) =>
      word.toLowerCase(),
    ),
  );
  return match === undefined || others.length > 0 || words.size !== 1 ? null : routeIn(routes)(match[1]!);
}

const routeIn =
  (routes: readonly Route[]) =>
  (word: string): Route | null =>
    routes.find((route) => route === word.toLowerCase()) ?? null;

export const classify = defineStage({
  name: 'classify',
  role: 'classifier',
  output: 'route',
  log: 'classifier_responses.txt',
  consequence: 'the request was treated as complex',
  prompt(context) {
    const hasCode = context.files.length > 0;
    const files = context.files
      .map(({ name, content }) => `${name}: ${content.split('\n').length}`)
      .join('\n');
    const prompt = buildPrompt('classify', hasCode ? taskWithCode : task, context, hasCode ? { files } : {});
    return { ...prompt, schema: schemaOf(routesFor(context)) };
  },
  withoutModel: ({ requestedRoute: route }) => (route === undefined ? undefined : { kind: 'route', route }),
  read(text, context) {
    const answer = normalizeAnswer(text);
    const routes = routesFor(context);
    const route = readDecision(answer, FIELDS, routeIn(routes))?.decision ?? routeInSentence(answer, routes);
    if (route === null) throw unreadable(`the classifier answered with none of ${routes.join(', ')}`);
    return { kind: 'route', route };
  },
  fallbackOutput: () => ({ kind: 'route', route: 'complex' }),
});
