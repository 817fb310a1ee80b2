import type { Language } from '@codegen/sandbox';

/** Mistakes that models make in code of this size. */
export type Mistake = 'off by one' | 'missing edge case' | 'wrong operator';

/** A program with one mistake, as the change of one line of the reference. */
export interface Mutant {
  readonly mistake: Mistake;
  /** Counted from 0. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
}

type Rule = readonly [mistake: Mistake, pattern: RegExp, replacement: string];

const RULES: readonly Rule[] = [
  ['off by one', / <= /g, ' < '],
  ['off by one', / < /g, ' <= '],
  ['off by one', / >= /g, ' > '],
  ['off by one', / > /g, ' >= '],
  ['off by one', / \+ 1\b/g, ''],
  ['off by one', / - 1\b/g, ''],
  ['off by one', /\b0;/g, '1;'],
  ['off by one', /, 1\):?$/g, ', 0):'],
  ['missing edge case', /^( *if ).*(:)$/g, '$1False$2'],
  ['missing edge case', /^( *)if \(.*\) (?:return|throw|continue|break)\b.*;$/g, '$1'],
  ['missing edge case', /\.(?:strip|lower|trim|toLowerCase|toUpperCase|upper|reverse)\(\)/g, ''],
  ['missing edge case', /\/g, /g, '/, '],
  ['missing edge case', /sorted\((\w+)\)/g, '$1'],
  ['missing edge case', / \|\| [^)]+(?=\))/g, ''],
  ['missing edge case', / && [^)]+(?=\))/g, ''],
  ['missing edge case', / (?:and|or) .+(?=:$)/g, ''],
  ['missing edge case', / if part\b/g, ''],
  ['missing edge case', /\.filter\([^;]*\)(?=[.;])/g, ''],
  ['wrong operator', / === /g, ' !== '],
  ['wrong operator', / !== /g, ' === '],
  ['wrong operator', / == /g, ' != '],
  ['wrong operator', / \+ /g, ' - '],
  ['wrong operator', / - /g, ' + '],
  ['wrong operator', / \* /g, ' + '],
  ['wrong operator', / \+= /g, ' -= '],
  ['wrong operator', / && /g, ' || '],
  ['wrong operator', / and /g, ' or '],
  ['wrong operator', /\bmin\(/g, 'max('],
  ['wrong operator', /\bmax\(/g, 'min('],
  ['wrong operator', /\bevery\(/g, 'some('],
  ['wrong operator', /\bnot /g, ''],
];

/** Programs that differ from the reference by one likely mistake. Some of them still pass, or do not end. */
export function mutate(reference: string, language: Language): readonly Mutant[] {
  const lines = reference.split('\n');
  return RULES.flatMap(([mistake, pattern, replacement]) => {
    if (language !== 'python' && replacement.endsWith(':')) return [];
    return lines.flatMap((from, line) =>
      [...from.matchAll(pattern)].map((match): Mutant => {
        // The first match in the rest of the line, so that a pattern sees what follows it.
        const rest = from.slice(match.index).replace(new RegExp(pattern.source), replacement);
        return { mistake, line, from, to: from.slice(0, match.index) + rest };
      }),
    );
  });
}

/** @throws RangeError if the mutant was made from another reference */
export function applyMutant(reference: string, { line, from, to }: Mutant): string {
  const lines = reference.split('\n');
  if (lines[line] !== from) throw new RangeError('the reference has changed: write the mutants anew');
  return lines.with(line, to).join('\n');
}
