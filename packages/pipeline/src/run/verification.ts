/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** An input with the expected effect: a call of a function, or the text of stdin. */
export type TestCase = (
  | { readonly kind: 'call'; readonly function: string; readonly args: readonly Json[] }
  | { readonly kind: 'stdin'; readonly stdin: string }
) & {
  /** The returned value, the printed text, or any exception. */
  readonly expected: { readonly value: Json } | { readonly raises: true };
  /** The request itself contains it. */
  readonly isExample: boolean;
};

export type CaseVerdict = 'passed' | 'failed' | 'timeout' | 'unsupported';

export interface CaseResult {
  readonly verdict: CaseVerdict;
  /** What the program returned, printed or raised. */
  readonly actual: string | null;
}

/** A program that was run on all cases. `unsupported` says nothing about the program. */
export interface CaseRun {
  readonly load: 'loaded' | 'broken' | 'unsupported';
  readonly reason: string | null;
  readonly results: readonly CaseResult[];
}

/** The code of a stage, run on the cases. */
export interface Version extends CaseRun {
  readonly stage: string;
}

/** What running the implementations has shown. */
export interface Verification {
  readonly cases: readonly TestCase[];
  readonly versions: readonly Version[];
  /** Whether a case counts: some version passes it. The others may be wrong themselves. */
  readonly counted: readonly boolean[];
  /** The version of each branch that is compared: the improved one, unless it fails what the draft passes. */
  readonly candidates: readonly string[];
  /** The candidate that is better by a clear margin. Null if a reviewer has to decide. */
  readonly choice: string | null;
  readonly reason: string;
}

/** Points by which a candidate must lead. A single case, which may be wrong, is one point and does not decide. */
const CLEAR_MARGIN = 2;
const EXAMPLE_POINTS = 2;

const passed = (version: Version, index: number) => version.results[index]?.verdict === 'passed';
const wasTried = (version: Version, index: number) =>
  version.load === 'loaded' && (version.results[index]?.verdict ?? 'unsupported') !== 'unsupported';

/** @param branches the names of each branch's draft and improved version, in this order */
export function judge(
  cases: readonly TestCase[],
  versions: readonly Version[],
  branches: readonly (readonly string[])[],
): Verification {
  const counted = cases.map((_, index) => versions.some((version) => passed(version, index)));
  const candidates = branches.flatMap((names) => {
    const own = names.flatMap((name) => versions.find(({ stage }) => stage === name) ?? []);
    const best = own.reduceRight<Version | null>(
      (kept, one) => (kept !== null && !losesTo(kept, one, counted) ? kept : one),
      null,
    );
    return best === null ? [] : [best];
  });
  const verdict = compareCandidates(candidates, cases, counted);
  return { cases, versions, counted, candidates: candidates.map(({ stage }) => stage), ...verdict };
}

/** Whether a version fails something that another one passes, or does not load although the other one does. */
function losesTo(version: Version, other: Version, counted: readonly boolean[]): boolean {
  if (version.load !== 'loaded') return version.load === 'broken' && other.load === 'loaded';
  return counted.some(
    (counts, index) => counts && wasTried(version, index) && !passed(version, index) && passed(other, index),
  );
}

function compareCandidates(
  candidates: readonly Version[],
  cases: readonly TestCase[],
  counted: readonly boolean[],
): Pick<Verification, 'choice' | 'reason'> {
  const [a, b] = candidates;
  if (a === undefined || b === undefined) return { choice: null, reason: 'there is one candidate' };
  const loaded = [a, b].filter(({ load }) => load === 'loaded');
  const broken = [a, b].find(({ load }) => load === 'broken');
  if (broken !== undefined && loaded.length === 1) {
    return { choice: loaded[0]!.stage, reason: `the other implementation does not load: ${broken.reason}` };
  }
  if (loaded.length < 2) return { choice: null, reason: 'the implementations could not be run' };
  const shared = cases.flatMap((one, index) =>
    counted[index] && wasTried(a, index) && wasTried(b, index) ? [{ one, index }] : [],
  );
  const points = (version: Version) =>
    shared
      .filter(({ index }) => passed(version, index))
      .reduce((sum, { one }) => sum + (one.isExample ? EXAMPLE_POINTS : 1), 0);
  const passes = (version: Version) => shared.filter(({ index }) => passed(version, index)).length;
  const lead = points(a) - points(b);
  const [first, second] = lead >= 0 ? [a, b] : [b, a];
  const reason = `it passes ${passes(first)} of ${shared.length} cases, the other implementation ${passes(second)}`;
  return Math.abs(lead) >= CLEAR_MARGIN ? { choice: first.stage, reason } : { choice: null, reason };
}

/**
 * The candidate that passes every case, the one from the specification if both do. Null if none does: cases that no
 * version passes count here.
 */
export function flawlessCandidate({ cases, versions, candidates }: Verification): string | null {
  const passesAll = (version: Version) =>
    cases.length > 0 && cases.every((_, index) => passed(version, index));
  const flawless = versions.filter(passesAll).map(({ stage }) => stage);
  return candidates.findLast((stage) => flawless.includes(stage)) ?? null;
}

/** Whether a program fails a case that it passed before a change. The first such case, in words. Null if there is none. */
export function regressionOf(cases: readonly TestCase[], before: CaseRun, after: CaseRun): string | null {
  if (before.load !== 'loaded' || after.load === 'unsupported') return null;
  if (after.load === 'broken') return `the program no longer loads: ${after.reason}`;
  const index = cases.findIndex((_, i) => {
    const verdict = after.results[i]?.verdict;
    return before.results[i]?.verdict === 'passed' && (verdict === 'failed' || verdict === 'timeout');
  });
  if (index < 0) return null;
  return `${describeCase(cases[index]!)} passed before and now gives ${after.results[index]!.actual}`;
}

const LONGEST_INPUT = 300;

/** The input of a case in one line, such as `reverse("abc")`. */
export function describeCase(one: TestCase): string {
  const text =
    one.kind === 'stdin'
      ? `stdin ${JSON.stringify(one.stdin)}`
      : `${one.function}(${one.args.map((value) => JSON.stringify(value)).join(', ')})`;
  return text.length > LONGEST_INPUT ? `${text.slice(0, LONGEST_INPUT)}…` : text;
}

/** Inputs on which two versions differ, with both results: evidence for a reviewer. At most three. */
export function differences({ cases, versions, counted }: Verification, a: string, b: string) {
  const [first, second] = [a, b].map((name) => versions.find(({ stage }) => stage === name));
  return cases
    .flatMap((one, index) => {
      const [x, y] = [first?.results[index], second?.results[index]];
      if (!counted[index] || !x || !y || x.verdict === 'unsupported' || y.verdict === 'unsupported')
        return [];
      return x.actual === y.actual
        ? []
        : [{ input: describeCase(one), expected: one.expected, results: [x, y] as const }];
    })
    .slice(0, 3);
}
