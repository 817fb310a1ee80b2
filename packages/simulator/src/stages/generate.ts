import type { AnswerBook } from '../code/answer-book.ts';
import { meaningfulWords } from '../code/language.ts';
import { mark, present, quote, stub, withComments } from '../code/program.ts';
import { languageFor, topicFor } from './language-choice.ts';
import type { Prompt } from './prompt.ts';

const closing = 'It came from a book of canned answers.';

/** The answer of `answer` and `generate.direct`. */
export function generate(prompt: Prompt, book: AnswerBook): string {
  const { tag, name } = languageFor(prompt, book);
  const code = topicFor(prompt, book)?.direct.get(tag) ?? unknown(prompt, book, tag);
  return present(
    withComments({ tag, code }, heading(prompt)),
    `Here is a simulated answer in ${name}.`,
    closing,
  );
}

/** The answer of `generate.interpreted`: the book's more careful variant, if it has one, with the specification. */
export function generateInterpreted(prompt: Prompt, book: AnswerBook): string {
  const { tag, name } = languageFor(prompt, book);
  const topic = topicFor(prompt, book);
  const code = topic?.interpreted.get(tag) ?? topic?.direct.get(tag) ?? unknown(prompt, book, tag);
  const specified = `Specification: ${quote(prompt.sections.get('specification') ?? 'none')}`;
  return present(
    withComments({ tag, code }, [...heading(prompt), specified]),
    `Here is a simulated answer to the specification, in ${name}.`,
    closing,
  );
}

/** Comments for the top of the code. The request in them shows tests which run the code belongs to. */
export function heading(prompt: Prompt): string[] {
  return [mark, `Request: ${quote(prompt.request)}`];
}

function unknown(prompt: Prompt, book: AnswerBook, tag: string): string {
  return stub(book.unknown.direct.get(tag) ?? '', meaningfulWords(prompt.request));
}
