import { stripReasoning } from '../code/reasoning.ts';
import { unreadable } from '../run/failure.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage, ROUTES, type Route } from './stage.ts';

const task = `Decide how the request should be served. Answer with exactly one word and nothing else:
simple – one function, snippet or short script, clear as it stands
complex – several parts, files or requirements that must work together
ambiguous – it cannot be told what code is wanted; a question must be asked first`;

/** One word, optionally quoted, bold or after a label. "not simple" and sentences do not match. */
const ANSWER = /^(?:(?:classification|category|answer|route)\s*[:=])?[\s"'`*_]*([a-z]+)[\s"'`*_.!]*$/i;

const isRoute = (word: string | undefined): word is Route => ROUTES.some((route) => route === word);

export const classify = defineStage({
  name: 'classify',
  role: 'classifier',
  output: 'route',
  log: 'classifier_responses.txt',
  consequence: 'the request was treated as complex',
  prompt: (context) => buildPrompt('classify', task, context),
  read(text) {
    const word = ANSWER.exec(stripReasoning(text).trim())?.[1]?.toLowerCase();
    if (!isRoute(word))
      throw unreadable('the classifier answered with neither simple, complex nor ambiguous');
    return { kind: 'route', route: word };
  },
  fallbackOutput: () => ({ kind: 'route', route: 'complex' }),
});
