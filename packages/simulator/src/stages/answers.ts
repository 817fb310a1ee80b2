import type { AnswerBook } from '../code/answer-book.ts';
import { ApiError } from '../http/errors.ts';
import { cases } from './cases.ts';
import { clarify } from './clarify.ts';
import { classify } from './classify.ts';
import { compare } from './compare.ts';
import { edit } from './edit.ts';
import { generateDirect, generateInterpreted } from './generate.ts';
import { interpret } from './interpret.ts';
import type { Prompt } from './prompt.ts';
import { reply } from './reply.ts';
import { revise } from './revise.ts';
import { summarize } from './summarize.ts';

type Answer = (prompt: Prompt, book: AnswerBook) => string;

/** The simulated answer of each stage. A new stage of the pipeline adds a line. */
const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['classify', classify],
  ['answer', generateDirect],
  ['clarify', clarify],
  ['interpret', interpret],
  ['generate.direct', generateDirect],
  ['generate.interpreted', generateInterpreted],
  ['enhance.direct', revise('draft', 'Enhanced')],
  ['enhance.interpreted', revise('draft', 'Enhanced')],
  ['cases', cases],
  ['compare', compare],
  ['polish', revise('implementation', 'Polished')],
  ['edit', edit],
  ['summarize', summarize],
  ['reply', reply],
]);

/** The stages that have a simulated answer. */
export const stages: readonly string[] = [...answers.keys()];

/**
 * The answer function of a stage. Equal prompts get equal answers.
 * @throws ApiError 400 that names the stage if it has no simulated answer
 */
export function answerOf(stage: string): Answer {
  const answer = answers.get(stage);
  if (answer !== undefined) return answer;
  throw new ApiError(
    400,
    `The simulator has no answer for stage "${stage}": add one in packages/simulator/src/stages/answers.ts`,
  );
}
