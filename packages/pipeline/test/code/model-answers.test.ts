import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Code } from '../../src/code/code.ts';
import { answer } from '../../src/stages/answer.ts';
import { clarify } from '../../src/stages/clarify.ts';
import { classify } from '../../src/stages/classify.ts';
import { compare } from '../../src/stages/compare.ts';
import { edit } from '../../src/stages/edit.ts';
import { enhanceDirect } from '../../src/stages/enhance.ts';
import { interpret } from '../../src/stages/interpret.ts';
import type { Output } from '../../src/stages/stage.ts';
import { codeFrom, context } from '../fixtures.ts';

/** An answer that a model gave, and how it must be read. */
interface ModelAnswer {
  readonly id: string;
  readonly kind: string;
  /** The stage that reads it; `code` is any stage that writes code. */
  readonly reads: 'code' | 'classify' | 'interpret' | 'compare' | 'enhance' | 'clarify' | 'edit';
  readonly request?: string;
  /** The code that the request is about. */
  readonly files?: Readonly<Record<string, string>>;
  readonly input: string;
  /** The code, the file names, the files (`-` without a name), the route, the candidate, the output, or `refused`. */
  readonly expect: string | readonly string[] | Output | ExpectedCode;
}
type ExpectedCode = { readonly files: Readonly<Record<string, string>> } | { readonly text: string };

const read = (name: string): ModelAnswer[] =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

const DIRECT = 'def direct(s):\n    return s[::-1]\n\nprint(direct(input()))';
const INTERPRETED = 'import sys\n\nfor line in sys.stdin:\n    print("".join(reversed(line)))';
/** An even seed shows the direct candidate as A. */
const candidates = context({
  inputs: [codeFrom('enhance.direct', DIRECT), codeFrom('enhance.interpreted', INTERPRETED)],
  seed: 2,
});

const STAGES = { code: answer, classify, compare, interpret, enhance: enhanceDirect, clarify, edit };

function resultOf({
  reads,
  input,
  request = 'write it',
  files = {},
  expect: expected,
}: ModelAnswer): unknown {
  const given = {
    classify: candidates,
    compare: candidates,
    interpret: candidates,
    clarify: candidates,
    enhance: context({ inputs: [codeFrom('generate.direct', DIRECT)] }),
    code: context({ conversation: [{ role: 'user', content: request }] }),
    edit: context({ files: Object.entries(files).map(([name, content]) => ({ name, content })) }),
  }[reads];
  try {
    const output = STAGES[reads].read(input, given);
    if (output.kind === 'route') return output.route;
    if (output.kind === 'choice') return output.of === 'enhance.direct' ? 'A' : 'B';
    return output.kind === 'code' ? asExpected(output.code, expected) : output;
  } catch (error) {
    expect(error).toMatchObject({ failure: { code: 'unreadable-answer' } });
    return 'refused';
  }
}

/** Code in the form of the expected value. */
function asExpected({ text, files }: Code, expected: ModelAnswer['expect']): unknown {
  if (typeof expected === 'string') return text;
  if (Array.isArray(expected)) return files.map(({ name }) => name);
  if ('text' in expected) return { text };
  return { files: Object.fromEntries(files.map(({ name, content }) => [name ?? '-', content])) };
}

describe.each(['model-answers.json', 'model-answers-more.json', 'model-answers-shapes.json'])(
  '%s',
  (file) => {
    test.each(read(file).map((one) => [`${one.id} (${one.kind})`, one] as const))('reads %s', (_, one) => {
      expect(resultOf(one)).toEqual(one.expect);
    });
  },
);
