import { choice } from '@codegen/testing/runs/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/stages/compare.ts';
import { codeFrom, context, fenced, nothingFrom } from '../fixtures.ts';

const DIRECT = 'def direct(s):\n    return s[::-1]\n\nprint(direct(input()))';
const INTERPRETED = 'import sys\n\nfor line in sys.stdin:\n    print("".join(reversed(line)))';
const both = [codeFrom('enhance.direct', DIRECT), codeFrom('enhance.interpreted', INTERPRETED)];

/** An even seed shows the direct candidate first. */
const contextWith = (seed: number) => context({ inputs: both, seed });
const read = (text: string, seed = 2) => compare.read(text, contextWith(seed));
const direct = choice('enhance.direct');
const interpreted = choice('enhance.interpreted');
const stages = both.map(({ stage }) => stage);
/** A choice by a model names the candidates in the order in which the prompt shows them. */
const byModel = (output: typeof direct, seed = 2) => ({
  ...output,
  candidates: seed % 2 === 0 ? stages : stages.toReversed(),
});

describe('an answer that names neither candidate', () => {
  test.each([
    ['nothing', ''],
    ['reasoning alone', '<think>{"choice": "A"}</think>'],
    ['prose', 'Both are fine.'],
    ['a third letter', '{"choice": "C", "reason": "neither"}'],
    ['both letters', '{"choice": "A and B"}'],
    ['no choice', '{"reason": "A is good"}'],
    ['two choices', '{"choice": "A"}\n{"choice": "B"}'],
    ['two letters', 'Choice: A\n\nChoice: B'],
    ['two sentences', 'Candidate A is better at first. Candidate B is better at last.'],
    ['a denial', 'Candidate A is not better.'],
    ['a program with a line of one candidate', fenced('import sys\n\nsys.exit(int(sys.argv[1]))')],
    ['another program', fenced('fn main() {\n    println!("hello");\n}')],
  ])('is rejected: %s', (_, text) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({ intent: 'nextModel', code: 'unreadable-answer' }),
      }),
    );
  });

  test('is rejected: code that resembles both equally', () => {
    const twins = [codeFrom('enhance.direct', DIRECT), codeFrom('enhance.interpreted', DIRECT)];
    expect(() => compare.read(fenced(DIRECT), context({ inputs: twins }))).toThrow('neither candidate');
  });

  test('is rejected: a choice without two candidates', () => {
    expect(() => compare.read('{"choice": "A"}', context({ inputs: both.slice(0, 1) }))).toThrow(
      'no two candidates',
    );
  });
});

test('equal candidates need no model', () => {
  const twins = [codeFrom('enhance.direct', DIRECT), codeFrom('enhance.interpreted', `${DIRECT}  \r\n`)];
  expect(compare.withoutModel?.(context({ inputs: twins }))).toEqual(interpreted);
  expect(compare.withoutModel?.(context({ inputs: both }))).toBeUndefined();
});

describe('a choice', () => {
  test.each([
    ['A', 2, direct],
    ['B', 2, interpreted],
    ['A', 3, interpreted],
    ['B', 3, direct],
  ])('of %s with seed %i is the candidate shown under that name', (letter, seed, output) => {
    expect(read(JSON.stringify({ choice: letter, reason: 'clear' }), seed)).toEqual(byModel(output, seed));
  });

  test('has a reason of at most 1,000 characters, without half a character', () => {
    const text = JSON.stringify({ choice: 'A', reason: `${'x'.repeat(999)}😀${'y'.repeat(1_000_000)}` });
    expect(read(text)).toMatchObject({ reason: `${'x'.repeat(999)}\uFFFD` });
  });

  test('has the stage and the reason, and no code', () => {
    const text = 'Let me see.\n{"choice": "B", "reason": "handles {braces}"}\nHope this helps!';
    expect(read(text)).toEqual(byModel(choice('enhance.interpreted', 'handles {braces}')));
  });

  test.each([
    '{"choice": "a", "reason": ""}',
    '{"choice": " A "}',
    '{"choice": "Candidate A"}',
    '{"choice": "candidate-a"}',
    '{"choice": "A", "reason": null}',
    '{"choice": "A", "reason": ["short", "clear"]}',
    '```json\n{"choice": "A"}\n```',
    '<think>B?</think>{"choice": "A", "confidence": 0.9}',
    '{"choice": "A", "reason": "becau',
    '{"winner": "A"}',
    'Choice: **A**',
    'Both work.\n\n[[A]]',
  ])('is read from %s', (text) => {
    expect(read(text)).toEqual(byModel(direct));
  });
});

describe('code in place of a choice', () => {
  test.each([2, 3])('counts as the candidate that it resembles, with seed %i', (seed) => {
    expect(read(fenced(INTERPRETED), seed)).toEqual(byModel(interpreted, seed));
    expect(read(`I improved it:\n${fenced(`# better\n${DIRECT}`)}`, seed)).toEqual(byModel(direct, seed));
  });
});

describe('the prompt', () => {
  test('shows both candidates in the random order of the run, without names of branches', () => {
    for (const [seed, order] of [
      [2, [DIRECT, INTERPRETED]],
      [3, [INTERPRETED, DIRECT]],
    ] as const) {
      const { system, user } = compare.prompt(contextWith(seed));
      expect(user.indexOf(order[0])).toBeGreaterThan(0);
      expect(user.indexOf(order[1])).toBeGreaterThan(user.indexOf(order[0]));
      expect(system + user.replace(DIRECT, '')).not.toMatch(/direct|interpreted/);
      expect(user).toContain('reverse a string');
    }
  });

  test('and the reader use the same order with any seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        const { user } = compare.prompt(contextWith(seed));
        const first = user.indexOf(DIRECT) < user.indexOf(INTERPRETED) ? direct : interpreted;
        expect(read('{"choice": "A"}', seed)).toEqual(byModel(first, seed));
      }),
    );
  });
});

describe('without two candidates', () => {
  test('is skipped without candidates', () => {
    const inputs = [nothingFrom('enhance.direct'), nothingFrom('enhance.interpreted')];
    expect(compare.withoutModel?.(context({ inputs }))).toBe('skip');
    expect(compare.fallbackOutput?.(context({ inputs }))).toBeNull();
  });

  test.each([
    [[both[0]!, nothingFrom('enhance.interpreted')], direct],
    [[nothingFrom('enhance.direct'), both[1]!], interpreted],
  ])('returns the only candidate', (inputs, output) => {
    expect(compare.withoutModel?.(context({ inputs }))).toEqual(output);
    expect(compare.fallbackOutput?.(context({ inputs }))).toEqual(output);
  });
});

test('calls a model with two candidates', () => {
  expect(compare.withoutModel?.(contextWith(2))).toBeUndefined();
});

test.each([2, 3])('a lost comparison returns the interpreted candidate, with seed %i', (seed) => {
  expect(compare.fallbackOutput?.(contextWith(seed))).toEqual(interpreted);
});
