import type { Code } from '../code/code.ts';
import { readAnswer } from '../code/extract.ts';
import { unreadable } from '../run/failure.ts';
import type { Input, Output } from './stage.ts';

/** Instructs a model to answer so that `readCode` finds the code. */
export const CODE_ONLY = `Answer with the complete code: one fenced block per file, with the language and the file's path on
the opening line, such as \`\`\`python title="src/app.py". Write every file in full: no diffs, no omissions, no
explanation outside the code.`;

/** @throws StageError if the answer contains no code, only an edit of it, or code with parts left out. */
export function readCode(text: string): Output {
  const { code, ignored, isElided } = readAnswer(text);
  if (isElided) throw unreadable('the answer leaves out parts of the code');
  if (code === null) throw unreadable('the answer contains no complete code');
  return { kind: 'code', code, ...(ignored.length > 0 && { ignored }) };
}

/** The code of an input. Null if it has none. */
export const codeOf = (input: Input | undefined): Code | null =>
  input?.output?.kind === 'code' ? input.output.code : null;

/** Whether the code of an input is known not to parse. */
export const isUnparsable = (input: Input | undefined): boolean =>
  input?.output?.kind === 'code' && input.output.fault !== undefined;

/** A choice of the stage that an input came from. Null if the input has no code. */
export const choiceOf = (input: Input | undefined, reason: string): Output | null =>
  input === undefined || codeOf(input) === null ? null : { kind: 'choice', of: input.stage, reason };
