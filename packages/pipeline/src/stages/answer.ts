import { answerForm, codeSections, readCode } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `Write the code the request asks for: correct, idiomatic and complete, with short comments where they
help.`;

export const answer = defineStage({
  name: 'answer',
  role: 'instructTuned',
  output: 'code',
  log: 'instructTuned_responses.txt',
  step: 'directCode',
  consequence: 'no code was written',
  prompt: (context) =>
    buildPrompt('answer', `${task} ${answerForm(context)}`, context, codeSections(context)),
  read: readCode,
});
