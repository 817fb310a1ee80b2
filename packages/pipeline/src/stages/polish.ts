import { CODE_ONLY, choiceOf, codeOf, readCode } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `Give the implementation, which answers the request, its last polish: check it against the request line by
line, mend remaining mistakes, tidy names and comments, and change nothing that is already right. ${CODE_ONLY}`;

export const polish = defineStage({
  name: 'polish',
  role: 'reviewer',
  output: 'code',
  log: 'reviewer_polish_responses.txt',
  consequence: 'the best implementation was returned unpolished',
  prompt: (context) =>
    buildPrompt('polish', task, context, { implementation: codeOf(context.inputs[0])?.text ?? '' }),
  decide: ({ inputs: [best] }) => (codeOf(best) === null ? 'skip' : undefined),
  read: readCode,
  fallbackOutput: ({ inputs: [best] }) => choiceOf(best, 'the best implementation was not polished'),
});
