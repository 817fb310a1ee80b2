import { answerForm, choiceOf, codeOf, codeSections, readCode } from './code-stage.ts';
import { buildPrompt, draftSections } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `Improve the draft, which answers the request: mend what is wrong, handle what it forgot, make names and
structure clear, and keep what is good.`;

const enhance = (branch: 'direct' | 'interpreted', log: string, step: string) =>
  defineStage({
    name: `enhance.${branch}`,
    role: 'instructTuned',
    output: 'code',
    log,
    step,
    consequence: 'the draft was used unimproved',
    prompt: (context) =>
      buildPrompt(`enhance.${branch}`, `${task} ${answerForm(context)}`, context, {
        ...codeSections(context),
        ...draftSections('draft', codeOf(context.inputs[0]), context),
      }),
    isSavedBy: (effort) => effort === 'fast',
    withoutModel({ inputs: [draft], effort }) {
      if (codeOf(draft) === null) return 'skip';
      return effort === 'fast'
        ? (choiceOf(draft, 'with the effort fast, drafts are not enhanced') ?? 'skip')
        : undefined;
    },
    read: (text, context) => readCode(text, context, codeOf(context.inputs[0])),
    fallbackOutput: ({ inputs: [draft] }) => choiceOf(draft, 'the draft was not enhanced'),
  });

export const enhanceDirect = enhance(
  'direct',
  'instructTuned_enhance_direct_responses.txt',
  'enhancedDirectCode',
);
export const enhanceInterpreted = enhance(
  'interpreted',
  'instructTuned_enhance_interpreted_responses.txt',
  'enhancedInterpretedCode',
);
