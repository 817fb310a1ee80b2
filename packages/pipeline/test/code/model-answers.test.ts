import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { extractCode } from '../../src/code/extract.ts';
import { classify } from '../../src/stages/classify.ts';
import { compare } from '../../src/stages/compare.ts';
import { enhanceDirect } from '../../src/stages/enhance.ts';
import { interpret } from '../../src/stages/interpret.ts';
import type { Output } from '../../src/stages/stage.ts';
import { codeFrom, context } from '../fixtures.ts';

/** An answer that a model gave, and how it must be read. */
interface ModelAnswer {
  readonly id: string;
  readonly kind: string;
  /** The stage that reads it; `code` is any stage that writes code. */
  readonly reads: 'code' | 'classify' | 'interpret' | 'compare' | 'enhance';
  readonly input: string;
  /** The code, the file names, the route, the candidate, the output, or `refused`. */
  readonly expect: string | readonly string[] | Output;
}

const read = (name: string): ModelAnswer[] =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

const DIRECT = 'def direct(s):\n    return s[::-1]\n\nprint(direct(input()))';
const INTERPRETED = 'import sys\n\nfor line in sys.stdin:\n    print("".join(reversed(line)))';
/** An even seed shows the direct candidate as A. */
const candidates = context({
  inputs: [codeFrom('enhance.direct', DIRECT), codeFrom('enhance.interpreted', INTERPRETED)],
  seed: 2,
});

function resultOf({ reads, input, expect: expected }: ModelAnswer): unknown {
  if (reads === 'code') {
    const code = extractCode(input);
    if (code === null) return 'refused';
    return Array.isArray(expected) ? code.files.map(({ name }) => name) : code.text;
  }
  try {
    const given =
      reads === 'enhance' ? context({ inputs: [codeFrom('generate.direct', DIRECT)] }) : candidates;
    const output = { classify, compare, interpret, enhance: enhanceDirect }[reads].read(input, given);
    if (output.kind === 'route') return output.route;
    if (output.kind === 'choice') return output.of === 'enhance.direct' ? 'A' : 'B';
    return output.kind === 'code' ? output.code.text : output;
  } catch (error) {
    expect(error).toMatchObject({ failure: { code: 'unreadable-answer' } });
    return 'refused';
  }
}

describe.each(['model-answers.json', 'model-answers-more.json'])('%s', (file) => {
  test.each(read(file).map((one) => [`${one.id} (${one.kind})`, one] as const))('reads %s', (_, one) => {
    expect(resultOf(one)).toEqual(one.expect);
  });
});
