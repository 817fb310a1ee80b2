import { z } from 'zod';
import { type Code, sameCode, similarity } from '../code/code.ts';
import { extractCode } from '../code/extract.ts';
import { findJson } from '../code/json.ts';
import { stripReasoning } from '../code/reasoning.ts';
import { unreadable } from '../run/failure.ts';
import { codeOf } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage, type Output, type StageContext } from './stage.ts';

const task = `Two programmers answered the request independently. Choose the better candidate: first correctness, then
completeness, then clarity. Answer with one JSON object and nothing else; do not repeat the code:
{"choice": "A" or "B", "reason": "one or two sentences"}`;

const answerSchema = z.object({
  choice: z
    .string()
    .trim()
    .toUpperCase()
    .transform((choice) => choice.replace(/^CANDIDATE[ _-]?/, ''))
    .pipe(z.enum(['A', 'B'])),
  reason: z.string().catch(''),
});

/** With a lower similarity, code in the answer is another program than the candidates. */
const MIN_SIMILARITY = 0.5;

interface Candidate {
  readonly stage: string;
  readonly code: Code;
}

export const compare = defineStage({
  name: 'compare',
  role: 'reviewer',
  output: 'choice',
  log: 'reviewer_compare_responses.txt',
  step: 'bestImplementation',
  consequence: 'the implementation from the specification was used, else the direct one',
  prompt(context) {
    const [a, b] = shuffledCandidates(context);
    return buildPrompt('compare', task, context, {
      'candidate-a': a?.code.text ?? '',
      'candidate-b': b?.code.text ?? '',
    });
  },
  decide(context) {
    const [first, second] = candidates(context);
    if (first === undefined) return 'skip';
    if (second === undefined) return chosen(first, 'the only candidate');
    if (sameCode(first.code.text, second.code.text)) return chosen(second, 'both candidates are the same');
    return undefined;
  },
  read(text, context) {
    const [a, b] = shuffledCandidates(context);
    if (a === undefined || b === undefined) throw unreadable('there are no two candidates to choose from');
    const answer = answerSchema.safeParse(findJson(stripReasoning(text)));
    if (answer.success) return chosen(answer.data.choice === 'A' ? a : b, answer.data.reason);
    const code = extractCode(text)?.text ?? '';
    const [likeA, likeB] = [similarity(code, a.code.text), similarity(code, b.code.text)];
    if (Math.max(likeA, likeB) < MIN_SIMILARITY || likeA === likeB) {
      throw unreadable('the reviewer named neither candidate');
    }
    return chosen(likeA > likeB ? a : b, 'the reviewer answered with code that resembles it');
  },
  fallbackOutput(context) {
    const best = candidates(context).at(-1);
    return best === undefined ? null : chosen(best, 'the comparison failed');
  },
});

/** In the order of the graph: the direct candidate first, the one from the specification last. */
const candidates = ({ inputs }: StageContext): Candidate[] =>
  inputs.flatMap((input) => {
    const code = codeOf(input);
    return code === null ? [] : [{ stage: input.stage, code }];
  });

/** The candidates in an order drawn for this run, so that neither branch is always first. */
const shuffledCandidates = (context: StageContext) =>
  context.seed % 2 === 0 ? candidates(context) : candidates(context).reverse();

const chosen = ({ stage }: Candidate, reason: string): Output => ({ kind: 'choice', of: stage, reason });
