import type { Code } from '../code/code.ts';
import { applyAnswer, EditError, type EditedCode } from '../code/edit/apply.ts';
import { readAnswer, readDocument } from '../code/extract.ts';
import { fitFiles, sourceFilesOf, type VisibleFiles } from '../code/source-file.ts';
import { StageError, unreadable } from '../run/failure.ts';
import { queryOf } from '../run/run.ts';
import { CHARS_PER_TOKEN, DEFAULT_CONTEXT_TOKENS } from '../run/summary.ts';
import type { TestCase, Verification } from '../run/verification.ts';
import type { Sections } from './prompt.ts';
import type { Input, Output, StageContext } from './stage.ts';

/** A request for a document of a project. Models answer it with the document itself, not with a block. */
const DOCUMENT =
  /\b(?:write|create|generate|make|draft|need|want|add|update|schreib\w*|erstell\w*|écri\w*|escrib\w*)\b[^.\n]{0,60}\b(?:readme|changelog|contributing|code[ _]of[ _]conduct|markdown (?:file|document|page))\b(?! (?:parser|renderer|editor|converter|linter))/i;

/** Instructs a model to answer so that `readCode` finds the code. */
const CODE_ONLY = `Answer with the complete code: one fenced block per file, with the language and the file's path on
the opening line, such as \`\`\`python title="src/app.py". Write every file in full: no diffs, no omissions, no
explanation outside the code.`;

/** The same for a request with code of its own. */
export const CHANGED_FILES = `The section "code" has the code that the request is about, as it is now. Answer with the files that
you add or change: one fenced block per file, with the language and the file's path on the opening line, such as
\`\`\`python title="src/app.py". Write each of them in full: no diffs, no omissions, no comments in place of code, no
explanation outside the code. Leave out the files that stay as they are. To delete a file, write the line "Delete file:
src/old.py" outside of the blocks.`;

export const answerForm = ({ files }: StageContext): string =>
  files.length === 0 ? CODE_ONLY : CHANGED_FILES;

/** Part of a model's context that the code of a request may take. The rest is for drafts and the answer. */
const CODE_SHARE = 0.4;

/** The files that a prompt of this stage shows. */
export const visibleFiles = (context: StageContext): VisibleFiles =>
  fitFiles(
    context.files,
    queryOf(context.conversation),
    Math.floor((context.contextTokens ?? DEFAULT_CONTEXT_TOKENS) * CHARS_PER_TOKEN * CODE_SHARE),
  );

/** The sections of a prompt with the code that the request is about. */
export function codeSections(context: StageContext): Sections {
  if (context.files.length === 0) return {};
  const { files, partlySeen } = visibleFiles(context);
  const hidden = context.files
    .map(({ name }) => name)
    .filter((name) => !files.some((file) => file.name === name));
  return {
    code: files,
    'cut-files': listOf([...partlySeen].filter((name) => !hidden.includes(name))),
    'files-not-shown': listOf(hidden),
  };
}

const listOf = (names: readonly string[]) => (names.length === 0 ? undefined : names.join('\n'));

/**
 * The code of an answer. If the request has code, the answer changes it.
 * @param draft the code of an earlier stage, which the answer changes in place of the request's. An answer that mends the
 * last one of this stage changes that one
 * @throws StageError if the answer contains no code, or it is not certain what it changes
 */
export function readCode(text: string, context: StageContext, draft: Code | null = null): Output {
  if (context.files.length > 0) return codeOutput(readChange(text, context, draft));
  const document = DOCUMENT.test(queryOf(context.conversation)) ? readDocument(text) : null;
  if (document !== null) return codeOutput({ code: document, ignored: [] });
  const { code, ignored, isElided } = readAnswer(text);
  if (isElided) throw unreadable('the answer leaves out parts of the code');
  if (code === null) throw unreadable('the answer contains no complete code');
  return codeOutput({ code, ignored });
}

const codeOutput = ({ code, ignored }: EditedCode): Output => ({
  kind: 'code',
  code,
  ...(ignored.length > 0 && { ignored }),
});

function readChange(text: string, context: StageContext, draft: Code | null) {
  const base = context.faulty?.code ?? draft;
  const files = base === null ? context.files : sourceFilesOf(base.files);
  const hidden = visibleFiles(context).partlySeen;
  // A draft is shown whole.
  const before = new Map(context.files.map(({ name, content }) => [name, content]));
  const unseen = files.filter(({ name, content }) => hidden.has(name) && before.get(name) === content);
  try {
    return applyAnswer(text, files, new Set(unseen.map(({ name }) => name)));
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    // The same model is asked again: the next prompt says what was wrong.
    throw new StageError({ intent: 'retry', code: 'unreadable-answer', message: error.message });
  }
}

/** The code of an input. Null if it has none. */
export const codeOf = (input: Input | undefined): Code | null =>
  input?.output?.kind === 'code' ? input.output.code : null;

/** Whether the code of an input is known not to parse. */
export const isUnparsable = (input: Input | undefined): boolean =>
  input?.output?.kind === 'code' && input.output.fault !== undefined;

/** The test cases among the inputs. */
export const casesOf = ({ inputs }: StageContext): readonly TestCase[] =>
  inputs.flatMap(({ output }) => (output?.kind === 'cases' ? output.cases : []));

/** What running the implementations has shown. Undefined if they were not run. */
export const verificationOf = ({ inputs }: StageContext): Verification | undefined =>
  inputs.flatMap(({ output }) => (output?.kind === 'verification' ? [output.verification] : [])).at(0);

/** A choice of the stage that an input came from. Null if the input has no code. */
export const choiceOf = (input: Input | undefined, reason: string): Output | null =>
  input === undefined || codeOf(input) === null ? null : { kind: 'choice', of: input.stage, reason };
