import type { AnswerBook } from '../code/answer-book.ts';
import { meaningfulWords } from '../code/language.ts';
import type { Prompt } from './prompt.ts';

const systems =
  /\b(apis?|apps?|applications?|auth\w*|backends?|bots?|caches?|chat|compilers?|concurren\w*|crawlers?|dashboards?|databases?|distributed|engines?|frameworks?|games?|interpreters?|microservices?|parsers?|pipelines?|platforms?|queues?|rate[- ]?limit\w*|schedulers?|scrapers?|servers?|services?|systems?|websites?)\b/i;
/** The first word of a change to code. */
const change =
  /^\s*(?:(?:now|please|and|then|also)\b[\s,]*)*(?:add|change|delete|fix|make|move|remove|rename|replace|use)\b/i;
/** The first word of a request for something new. */
const anew = /^\s*(?:(?:now|please|and|then|also)\b[\s,]*)*(?:build|create|write)\b/i;
const severalRequirements = /\bwith\b.+\band\b/is;

/**
 * Ambiguous: a first request of fewer than three meaningful words that names nothing in the book.
 * Complex: a request that names a kind of system, lists requirements ("with … and …"), or is longer than 140 characters.
 * Edit: any other request with code, unless it asks for something new ("write …", "create …").
 * Simple: any other request, including a short follow-up.
 */
export function classify(prompt: Prompt, book: AnswerBook): string {
  const { request } = prompt;
  const hasCode = prompt.sections.has('files');
  const complex = systems.test(request) && !(hasCode && change.test(request));
  const known = hasCode || complex || book.find(request) !== undefined || prompt.conversation !== '';
  if (!known && meaningfulWords(request).length < 3) return 'ambiguous';
  if (hasCode && !complex && !anew.test(request)) return 'edit';
  return complex || severalRequirements.test(request) || request.trim().length > 140 ? 'complex' : 'simple';
}
