import type { AnswerBook } from '../code/answer-book.ts';
import { fencedFile, filesIn, tagOf } from '../code/files.ts';
import { present, readProgram, withComments } from '../code/program.ts';
import { heading } from './generate.ts';
import { languageFor } from './language-choice.ts';
import type { Prompt } from './prompt.ts';

/** The answer of a stage that returns the code in a section of its prompt with one more comment. */
export function revise(section: string, verb: string) {
  return (prompt: Prompt, book: AnswerBook): string => {
    const files = filesIn(prompt.sections, section);
    const note = `${verb} in simulation: nothing but this line was added.`;
    if (files.length > 0) {
      const revised = files.map(({ name, content }) =>
        fencedFile(name, withComments({ tag: tagOf(name), code: content }, [note]).code),
      );
      return [`Here are the files, ${verb.toLowerCase()}.`, ...revised].join('\n\n');
    }
    const program = readProgram(prompt.sections.get(section) ?? '', languageFor(prompt, book));
    const revised = withComments(program, [...heading(prompt), note]);
    return present(revised, `Here is the code, ${verb.toLowerCase()}.`, 'Only a comment was added.');
  };
}
