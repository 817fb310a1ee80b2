import { answerForm, codeSections, readCode } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage, type StageContext } from './stage.ts';

const direct = `Write the code the request asks for: correct, complete and idiomatic, with its errors handled.`;

export const generateDirect = defineStage({
  name: 'generate.direct',
  role: 'generator',
  output: 'code',
  log: 'generator_direct_responses.txt',
  step: 'directCode',
  consequence: 'the direct branch was left out',
  prompt: (context) =>
    buildPrompt('generate.direct', `${direct} ${answerForm(context)}`, context, codeSections(context)),
  read: (text, context) => readCode(text, context),
});

const interpreted = `Write the code that fulfils the specification, which was derived from the request: correct,
complete and idiomatic, with its errors handled. Where the two disagree the request wins.`;

export const generateInterpreted = defineStage({
  name: 'generate.interpreted',
  role: 'generator',
  output: 'code',
  log: 'generator_interpreted_responses.txt',
  step: 'interpretedCode',
  consequence: 'the branch from the specification was left out',
  prompt: (context) =>
    buildPrompt('generate.interpreted', `${interpreted} ${answerForm(context)}`, context, {
      ...codeSections(context),
      specification: specificationOf(context) ?? '',
    }),
  withoutModel: (context) => (specificationOf(context) === null ? 'skip' : undefined),
  read: (text, context) => readCode(text, context),
});

function specificationOf({ inputs: [input] }: StageContext): string | null {
  return input?.output?.kind === 'specification' ? input.output.text : null;
}
