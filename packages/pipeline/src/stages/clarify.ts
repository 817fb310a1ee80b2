import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { unreadable } from '../run/failure.ts';
import { codeSections } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `It cannot be told from the request what code is wanted. Ask the person for what is missing, in the
language they write in: at most three short, concrete questions, each with an example of a possible answer. Do not
write code. Answer with the questions only.`;

export const clarify = defineStage({
  name: 'clarify',
  role: 'interpreter',
  output: 'question',
  log: 'interpreter_responses.txt',
  consequence: 'the request was answered without a question',
  prompt: (context) => buildPrompt('clarify', task, context, codeSections(context)),
  read(text) {
    const question = normalizeAnswer(text).trim();
    if (question === '') throw unreadable('no question came back');
    return { kind: 'question', question };
  },
});
