import { z } from 'zod';
import { type Code, extractCode, sameCode, similarity, stripReasoning } from '../code/code.ts';
import { findJson } from '../code/json.ts';
import { unreadable } from '../run/failure.ts';
import { buildPrompt } from './prompt.ts';
import { codeOf, defineStage, type Output, type StageContext } from './stage.ts';

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

/** Below this share of common lines, code in the answer is a third program and not one of the candidates. */
const RESEMBLES = 0.5;

interface Candidate {
  readonly stage: string;
  readonly code: Code;
}

export const compare = defineStage({
  name: 'compare',
  role: 'reviewer',
  log: 'reviewer_compare_responses.txt',
  step: 'bestImplementation',
  whenLost: 'the implementation from the specification was taken, else the direct one',
  prompt(context) {
    const [a, b] = blind(context);
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
    const [a, b] = blind(context);
    if (a === undefined || b === undefined) throw unreadable('there are no two candidates to choose from');
    const answer = answerSchema.safeParse(findJson(stripReasoning(text)));
    if (answer.success) return chosen(answer.data.choice === 'A' ? a : b, answer.data.reason);
    const code = extractCode(text)?.text ?? '';
    const [likeA, likeB] = [similarity(code, a.code.text), similarity(code, b.code.text)];
    if (Math.max(likeA, likeB) < RESEMBLES || likeA === likeB) {
      throw unreadable('the reviewer named neither candidate');
    }
    return chosen(likeA > likeB ? a : b, 'the reviewer answered with code that resembles it');
  },
  fallbackOutput(context) {
    const best = candidates(context).at(-1);
    return best === undefined ? null : chosen(best, 'the rule for a failed comparison');
  },
});

/** In graph order: the direct one first, the one from the specification last. */
const candidates = ({ inputs }: StageContext): Candidate[] =>
  inputs.flatMap((input) => {
    const code = codeOf(input);
    return code === null ? [] : [{ stage: input.stage, code }];
  });

/** In the order drawn for this run, so that no position and no branch is favoured. */
const blind = (context: StageContext) =>
  context.seed % 2 === 0 ? candidates(context) : candidates(context).reverse();

const chosen = ({ stage }: Candidate, reason: string): Output => ({ kind: 'choice', of: stage, reason });
