import type { ProblemType } from '@codegen/contract';
import { ProblemError } from './problem.ts';

/** White space and what is not seen at all, such as a zero-width space. */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** Control characters other than tab and line ends, and halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/u;

/** Characters as people count them, or nearly so: a surrogate pair is one. */
export const charsOf = (text: string): number => [...text].length;

/** Refuses what is no text for a model; `name` is what the caller knows it as. @throws ProblemError */
export function checkText(
  name: string,
  text: string,
  maxChars: number,
  tooLong: ProblemType = 'query-too-long',
) {
  if (BLANK.test(text)) throw new ProblemError('blank-query', `Say in the ${name} what code you want.`);
  const length = charsOf(text);
  if (length > maxChars) {
    throw new ProblemError(tooLong, `A ${name} may have ${maxChars} characters; this one has ${length}.`);
  }
  if (NOT_TEXT.test(text)) {
    throw new ProblemError(
      'unreadable-query',
      `Remove control characters (other than tabs and line ends) from the ${name}.`,
    );
  }
}
