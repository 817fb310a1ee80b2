import type { AnswerBook } from '../code/answer-book.ts';
import { present, readProgram, withComments } from '../code/program.ts';
import { heading } from './generate.ts';
import { languageFor } from './language-choice.ts';
import type { Prompt } from './prompt.ts';
import type { SectionName } from './sections.ts';

/** A stage that hands back the code it was given with one more comment. */
function revision(section: SectionName, verb: string) {
  return (prompt: Prompt, book: AnswerBook): string => {
    const given = readProgram(prompt.sections.get(section) ?? '', languageFor(prompt, book));
    const note = `${verb} in simulation: nothing but this line was added.`;
    const program = withComments(given, [...heading(prompt), note]);
    return present(program, `Here is the code, ${verb.toLowerCase()}.`, 'Only a comment was added.');
  };
}

export const enhance = revision('draft', 'Enhanced');
export const polish = revision('implementation', 'Polished');
