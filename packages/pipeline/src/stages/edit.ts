import { CHANGED_FILES, codeSections, readCode, visibleFiles } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage, type StageContext } from './stage.ts';

const task = `Make the change that the request asks for, and no other. Keep names, style and comments of the code. Change every
place that has to change with it. ${CHANGED_FILES}`;

const LONG_FILES = `Do not write the files listed in the section "long-files" in full. Change them by search and replace: in a fenced
block with the file's path, one or more of
<<<<<<< SEARCH
lines of the file, exactly as they are, enough of them to occur only once
=======
the new lines
>>>>>>> REPLACE`;

const AGAIN = `Your last answer could not be used, for the reason in the section "rejected".`;

/** Lines above which a file is changed by search and replace. */
const LONG = 400;
/** The same after an answer that was too long. */
const LONG_AFTER_TRUNCATION = 40;

/** The files that the model is asked to change by search and replace. After a failed attempt it writes whole files. */
function longFiles(context: StageContext): readonly string[] {
  const { files, partlySeen } = visibleFiles(context);
  const failure = context.lastFailure?.code;
  const max =
    failure === 'truncated'
      ? LONG_AFTER_TRUNCATION
      : failure === 'unreadable-answer'
        ? Number.POSITIVE_INFINITY
        : LONG;
  const isLong = ({ name, content }: { readonly name: string; readonly content: string }) =>
    partlySeen.has(name) || content.split('\n').length > max;
  return files.filter(isLong).map(({ name }) => name);
}

export const edit = defineStage({
  name: 'edit',
  // The model for code: a change is made in existing code, and most of the answer is code.
  role: 'generator',
  output: 'code',
  log: 'generator_edit_responses.txt',
  consequence: 'the code was not changed by an edit',
  prompt(context) {
    const long = longFiles(context);
    const isAgain = context.lastFailure?.code === 'unreadable-answer';
    const instructions = [task, long.length > 0 && LONG_FILES, isAgain && AGAIN].filter(Boolean).join('\n\n');
    return buildPrompt('edit', instructions, context, {
      ...codeSections(context),
      'long-files': long.length > 0 ? long.join('\n') : undefined,
      rejected: isAgain ? context.lastFailure?.message : undefined,
    });
  },
  withoutModel: ({ files }) => (files.length === 0 ? 'skip' : undefined),
  read: (text, context) => readCode(text, context),
});
