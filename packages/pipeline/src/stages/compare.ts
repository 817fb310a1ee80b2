import { type Code, sameCode, similarity } from '../code/code.ts';
import { readDecision } from '../code/decision.ts';
import { extractCode } from '../code/extract.ts';
import { readMarkdown } from '../code/markdown.ts';
import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { unreadable } from '../run/failure.ts';
import { differences, flawlessCandidate } from '../run/verification.ts';
import { codeOf, codeSections, isUnparsable, verificationOf } from './code-stage.ts';
import { buildPrompt, draftSections } from './prompt.ts';
import { type AnswerSchema, defineStage, type Output, type StageContext } from './stage.ts';

const task = `Two programmers answered the request independently. Choose the better candidate: first correctness, then
completeness, then clarity. Answer with one JSON object and nothing else; do not repeat the code:
{"choice": "A" or "B", "reason": "one or two sentences"}`;

const schema: AnswerSchema = {
  name: 'choice',
  schema: {
    type: 'object',
    properties: { choice: { type: 'string', enum: ['A', 'B'] }, reason: { type: 'string' } },
    required: ['choice', 'reason'],
    additionalProperties: false,
  },
};

type Letter = 'A' | 'B';

/** The names that models give the field. */
const FIELDS = [
  'choice',
  'winner',
  'best',
  'better',
  'selected',
  'preferred',
  'candidate',
  'decision',
  'verdict',
  'answer',
];
const NOUN =
  '(?:[Cc]andidate|[Oo]ption|[Ii]mplementation|[Ss]olution|[Vv]ersion|[Pp]rogram|[Cc]ode|[Aa]nswer|CANDIDATE|Kandidat|Variante|[Cc]andidat[oae]?|候选|候補|후보)';
const WORD = new RegExp(`^(?:the )?(?:${NOUN}[ _-]?)?([ab])(?: is (?:the )?better)?$`, 'i');
/** `B > A`, `[[B>>A]]`, `A < B`: the judges of public rankings write so. */
const ORDER = /^\[{0,2}(?:([AB])>{1,3}[AB]|[AB]<{1,3}([AB]))\]{0,2}$/;
const BETTER =
  '(?:better|best|superior|preferable|preferred|stronger|winner|winning|right|chosen|more [a-z]+|besser|mejor|meilleur|melhor|migliore)';
/** Sentences that name the better candidate. A bare letter is a capital: `a` is an article. */
const SENTENCES: readonly RegExp[] = [
  new RegExp(
    String.raw`(?<![\w-])(?:${NOUN}[ _-])?\(?([AB])\)?(?:['’]s \w+)?(?: (?:is|was|seems|looks|would be|ist|es|est|é|è)(?: \w+ly| \w*what| much| far| a bit| a little)?(?: the| a)?(?: \w+ly| clear)? ${BETTER}| wins)\b(?! than (?:neither|both))`,
    'g',
  ),
  new RegExp(
    String.raw`(?<!\w)(?:[Cc]hoose|[Cc]hose|[Pp]ick(?:ed)?|[Pp]refer(?:red)?|[Ss]elect(?:ed)?|[Rr]ecommend|[Gg]o(?:ing)? with|[Cc]hoice is|[Ww]inner is|[Bb]etter (?:one |${NOUN} )?is|[Bb]est (?:one |${NOUN} )?is|[Aa]nswer is|[Ww]ähle|[Ee]lijo|[Cc]hoisis|[Ee]scolho|[Ss]celgo)[: ]+(?:the )?(?:${NOUN}[ _-])?[("]?([AB])(?![\w'’-])`,
    'g',
  ),
  /(?:选择|我选|答案是)\s?(?:候选)?\s?([AB])(?!\w)|(?<!\w)([AB]) ?(?:更好|更优|が優れ|の方が良い|가 더 좋)/g,
  // The other one is worse.
  new RegExp(
    String.raw`(?<![\w-])[AB] is (?:(?:much |far )?worse than|not as \w+ as|inferior to) (?:${NOUN}[ _-])?([AB])(?![\w'’-])`,
    'g',
  ),
];
/** What denies the rest of its clause. */
const DENIED = /\b(?:neither|nor|not|never|hardly|cannot|\w+n['’]t)\b[^,;:.!?\n]*$/i;
const LONGEST_PROSE = 20_000;
const LONGEST_REASON = 1_000;

function letterOf(word: string): Letter | null {
  const [, first, second] = ORDER.exec(word.replaceAll(' ', '')) ?? [];
  return ((first ?? second ?? WORD.exec(word)?.[1]?.toUpperCase()) as Letter | undefined) ?? null;
}

/** The letters of all candidates that prose calls the better one. */
function lettersIn(prose: string): Letter[] {
  const text = prose
    .slice(0, LONGEST_PROSE)
    .replace(/[*_`]/g, '')
    .replace(new RegExp(String.raw`\b([Tt]he )?(first|second) ${NOUN}\b`, 'g'), (_, __, which: string) =>
      which === 'first' ? 'Candidate A' : 'Candidate B',
    );
  return SENTENCES.flatMap((sentence) =>
    [...text.matchAll(sentence)]
      .filter(({ index }) => !DENIED.test(text.slice(Math.max(0, index - 100), index)))
      .map(([, letter, other]) => (letter ?? other) as Letter),
  );
}

/** With a lower similarity, code in the answer is another program than the candidates. */
const MIN_SIMILARITY = 0.5;

interface Candidate {
  readonly stage: string;
  readonly code: Code;
  readonly isUnparsable: boolean;
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
    const sections = {
      ...codeSections(context),
      ...draftSections('candidate-a', a?.code ?? null, context),
      ...draftSections('candidate-b', b?.code ?? null, context),
    };
    const evidence = evidenceFor(context, a, b);
    if (evidence === '') return { ...buildPrompt('compare', task, context, sections), schema };
    return { ...buildPrompt('compare', `${task}\n${EVIDENCE}`, context, { ...sections, evidence }), schema };
  },
  withoutModel(context) {
    const [first, second] = candidates(context);
    if (first === undefined) return 'skip';
    if (second === undefined) return chosen(first, 'the only candidate');
    if (sameCode(first.code.text, second.code.text)) return chosen(second, 'both candidates are the same');
    const verification = verificationOf(context);
    const flawless = verification && context.effort === 'fast' ? flawlessCandidate(verification) : null;
    const enough = [first, second].find(({ stage }) => stage === flawless);
    if (enough) return chosen(enough, 'it passes every case');
    const better = [first, second].find(({ stage }) => stage === verification?.choice);
    if (verification && better) return chosen(better, verification.reason);
    if (first.isUnparsable !== second.isUnparsable)
      return chosen(first.isUnparsable ? second : first, 'the other candidate does not parse');
    return undefined;
  },
  read(text, context) {
    const [a, b] = shuffledCandidates(context);
    if (a === undefined || b === undefined) throw unreadable('there are no two candidates to choose from');
    const choose = (candidate: Candidate, reason: string): Output => ({
      ...chosen(candidate, reason.trim().slice(0, LONGEST_REASON).toWellFormed()),
      candidates: [a.stage, b.stage],
    });
    const answer = normalizeAnswer(text);
    const decided = readDecision(answer, FIELDS, letterOf);
    if (decided !== null) {
      const reason = decided.json?.reason;
      return choose(decided.decision === 'A' ? a : b, typeof reason === 'string' ? reason : '');
    }
    const { rest } = readMarkdown(answer);
    const letters = new Set(lettersIn(rest));
    if (letters.size === 1) return choose(letters.has('A') ? a : b, rest);
    if (letters.size > 1) throw unreadable('the reviewer named both candidates');
    const code = extractCode(text)?.text ?? '';
    const [likeA, likeB] = [similarity(code, a.code.text), similarity(code, b.code.text)];
    if (Math.max(likeA, likeB) < MIN_SIMILARITY || likeA === likeB) {
      throw unreadable('the reviewer named neither candidate');
    }
    return choose(likeA > likeB ? a : b, 'the reviewer answered with code that resembles it');
  },
  fallbackOutput(context) {
    const best = candidates(context).at(-1);
    return best === undefined ? null : chosen(best, 'the comparison failed');
  },
});

const EVIDENCE = `Both candidates were run. The section evidence has inputs on which they differ, with the result of each and
the expected one, which may be wrong.`;

/** What the candidates did on inputs on which they differ. Empty if they were not run, or do not differ. */
function evidenceFor(context: StageContext, a: Candidate | undefined, b: Candidate | undefined): string {
  const verification = verificationOf(context);
  if (verification === undefined || a === undefined || b === undefined) return '';
  return differences(verification, a.stage, b.stage)
    .map(({ input, expected, results: [first, second] }) => {
      const wanted = 'raises' in expected ? 'an error' : JSON.stringify(expected.value);
      return `${input}\n  expected: ${wanted}\n  A: ${first.actual}\n  B: ${second.actual}`;
    })
    .join('\n');
}

/** `enhance.direct` and `generate.direct` are versions of one branch. */
const branchOf = (stage: string) => stage.slice(stage.indexOf('.') + 1);

/**
 * In the order of the graph: the direct candidate first, the one from the specification last. Those that `verify` named,
 * else the last version of each branch.
 */
function candidates(context: StageContext): Candidate[] {
  const named = verificationOf(context)?.candidates;
  const codes = context.inputs.flatMap((input) => {
    const code = codeOf(input);
    return code === null ? [] : [{ stage: input.stage, code, isUnparsable: isUnparsable(input) }];
  });
  if (named !== undefined && named.length > 0) return codes.filter(({ stage }) => named.includes(stage));
  return [...new Map(codes.map((one) => [branchOf(one.stage), one])).values()];
}

/** The candidates in an order drawn for this run, so that neither branch is always first. */
const shuffledCandidates = (context: StageContext) =>
  context.seed % 2 === 0 ? candidates(context) : candidates(context).reverse();

const chosen = ({ stage }: Candidate, reason: string) => ({ kind: 'choice' as const, of: stage, reason });
