import type { AnswerBook } from '../code/answer-book.ts';
import { mark } from '../code/program.ts';
import { topicFor } from './language-choice.ts';
import type { Prompt } from './prompt.ts';

/** The test cases on the page of the topic, and what its programs print. None for other requests. */
export function cases(prompt: Prompt, book: AnswerBook): string {
  const { cases: canned = [], prints } = topicFor(prompt, book) ?? {};
  const isInRequest = (value: unknown) => prompt.request.includes(JSON.stringify(value));
  const marked = canned.map((call) => {
    if ('stdin' in call) return call;
    const isExample = call.returns !== undefined && [...call.args, call.returns].every(isInRequest);
    return isExample ? { ...call, example: true } : call;
  });
  const printed = prints === undefined ? [] : [{ stdin: '', prints }];
  return JSON.stringify({ simulated: mark, cases: [...marked, ...printed] });
}
