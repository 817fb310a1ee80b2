import type { Code } from '../code/code.ts';
import { flawlessCandidate, regressionOf } from '../run/verification.ts';
import {
  answerForm,
  casesOf,
  choiceOf,
  codeOf,
  codeSections,
  readCode,
  verificationOf,
} from './code-stage.ts';
import { buildPrompt, draftSections } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `Give the implementation, which answers the request, its last polish: check it against the request line by
line, mend remaining mistakes, tidy names and comments, and change nothing that is already right.`;

export const polish = defineStage({
  name: 'polish',
  role: 'reviewer',
  output: 'code',
  log: 'reviewer_polish_responses.txt',
  consequence: 'the best implementation was returned unpolished',
  prompt: (context) =>
    buildPrompt('polish', `${task} ${answerForm(context)}`, context, {
      ...codeSections(context),
      ...draftSections('implementation', codeOf(context.inputs[0]), context),
    }),
  withoutModel(context) {
    const [best] = context.inputs;
    if (codeOf(best) === null) return 'skip';
    if (context.effort !== 'fast') return undefined;
    // `compare` has chosen it.
    const verification = verificationOf(context);
    const isFlawless = verification !== undefined && flawlessCandidate(verification) !== null;
    return isFlawless ? (choiceOf(best, 'it passes every case') ?? 'skip') : undefined;
  },
  read: (text, context) => readCode(text, context, codeOf(context.inputs[0])),
  async findRegression(output, context, runCases, signal) {
    const before = codeOf(context.inputs[0]);
    const cases = casesOf(context);
    if (before === null || output.kind !== 'code' || cases.length === 0) return null;
    const run = (code: Code) => runCases(code, cases, signal);
    const [old, now] = await Promise.all([run(before), run(output.code)]);
    return regressionOf(cases, old, now);
  },
  fallbackOutput: ({ inputs: [best] }) => choiceOf(best, 'the best implementation was not polished'),
});
