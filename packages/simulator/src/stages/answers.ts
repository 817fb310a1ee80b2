import type { AnswerBook } from '../code/answer-book.ts';
import { clarify } from './clarify.ts';
import { classify } from './classify.ts';
import { compare } from './compare.ts';
import { generate, generateInterpreted } from './generate.ts';
import { interpret } from './interpret.ts';
import type { Prompt } from './prompt.ts';
import { enhance, polish } from './revise.ts';
import type { Stage } from './stage.ts';

const answers = {
  classify,
  answer: generate,
  clarify,
  interpret,
  'generate.direct': generate,
  'generate.interpreted': generateInterpreted,
  'enhance.direct': enhance,
  'enhance.interpreted': enhance,
  compare,
  polish,
} satisfies Record<Stage, (prompt: Prompt, book: AnswerBook) => string>;

/** The text a model would give; the same for the same prompt. */
export function answerTo(prompt: Prompt, book: AnswerBook): string {
  return answers[prompt.stage](prompt, book);
}
