import type { AnswerBook } from '../code/answer-book.ts';
import { fencedFile, fileNameFor } from '../code/files.ts';
import { meaningfulWords } from '../code/language.ts';
import { mark, type Program, present, quote, stub, withComments } from '../code/program.ts';
import { languageFor, topicFor } from './language-choice.ts';
import type { Prompt } from './prompt.ts';

const closing = 'It came from a book of canned answers.';

/** The answer of `answer` and `generate.direct`. */
export function generateDirect(prompt: Prompt, book: AnswerBook): string {
  const { tag, name } = languageFor(prompt, book);
  const code = topicFor(prompt, book)?.direct.get(tag) ?? unknown(prompt, book, tag);
  return presentFor(
    prompt,
    withComments({ tag, code }, heading(prompt)),
    `Here is a simulated answer in ${name}.`,
  );
}

/** The answer of `generate.interpreted`: the book's more careful variant, if it has one, with the specification. */
export function generateInterpreted(prompt: Prompt, book: AnswerBook): string {
  const { tag, name } = languageFor(prompt, book);
  const topic = topicFor(prompt, book);
  const code = topic?.interpreted.get(tag) ?? topic?.direct.get(tag) ?? unknown(prompt, book, tag);
  const specified = `Specification: ${quote(prompt.sections.get('specification') ?? 'none')}`;
  return presentFor(
    prompt,
    withComments({ tag, code }, [...heading(prompt), specified]),
    `Here is a simulated answer to the specification, in ${name}.`,
  );
}

/** An answer with a program. Next to code of the request it is a new file. */
function presentFor({ request, sections }: Prompt, program: Program, before: string): string {
  if (!sections.has('code')) return present(program, before, closing);
  const file = fencedFile(fileNameFor(meaningfulWords(request), program.tag), program.code);
  return [before, file, closing].join('\n\n');
}

/** Comments for the top of the code. The request in them shows tests which run the code belongs to. */
export function heading(prompt: Prompt): string[] {
  return [mark, `Request: ${quote(prompt.request)}`];
}

function unknown(prompt: Prompt, book: AnswerBook, tag: string): string {
  return stub(book.unknown.direct.get(tag) ?? '', meaningfulWords(prompt.request));
}
