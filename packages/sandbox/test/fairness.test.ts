import { describe, expect, it } from 'vitest';
import { type Case, DEFAULT_LIMITS, type Json, type Language, run, type Verdict } from '../src/index.ts';

/** A function `f` with a case: its arguments, what it should return, and the verdict. */
type Pair = readonly [code: string, args: readonly Json[], returns: Json, verdict: Verdict];

const python: Readonly<Record<string, Pair>> = {
  'a tuple as a list': ['return (a, a)', [1], [1, 1], 'passed'],
  'a set in any order': ['return set(a)', [[3, 1, 2]], [1, 2, 3], 'passed'],
  'a list in another order is wrong': ['return a[::-1]', [[1, 2]], [1, 2], 'failed'],
  'a dict in any order': ['return {"b": 1, "a": 2}', [0], { a: 2, b: 1 }, 'passed'],
  'a dict with numbers as keys': ['return {1: "x", None: 2, True: 3}', [0], { 1: 'x', null: 2 }, 'failed'],
  'a Counter': ['import collections\nreturn collections.Counter(a)', ['aab'], { a: 2, b: 1 }, 'passed'],
  'the keys of a dict': ['return a.keys()', [{ x: 1, y: 2 }], ['y', 'x'], 'passed'],
  'the values of a dict': ['return a.values()', [{ x: 1, y: 2 }], [1, 2], 'passed'],
  'a generator': ['return (x * x for x in a)', [[1, 2]], [1, 4], 'passed'],
  'a map': ['return map(str, a)', [[1, 2]], ['1', '2'], 'passed'],
  'a whole float for an integer': ['return a / 2', [4], 2, 'passed'],
  'a rounding error': ['return 0.1 + 0.2', [0], 0.3, 'passed'],
  'a different float': ['return 0.31', [0], 0.3, 'failed'],
  'not a number': ['return float("nan")', [0], 'NaN', 'passed'],
  infinity: ['return float("inf")', [0], 'Infinity', 'passed'],
  'a big integer': ['return 2 ** 70', [0], '1180591620717411303424', 'passed'],
  'a Decimal': ['import decimal\nreturn decimal.Decimal("1.50")', [0], 1.5, 'passed'],
  'a Fraction': ['import fractions\nreturn fractions.Fraction(1, 3)', [0], '1/3', 'passed'],
  'a date': ['import datetime\nreturn datetime.date(2024, 2, 29)', [0], '2024-02-29', 'passed'],
  bytes: ['return a.encode()', ['é'], 'é', 'passed'],
  'a namedtuple': [
    'import collections\nreturn collections.namedtuple("P", "x y")(1, 2)',
    [0],
    { x: 1, y: 2 },
    'passed',
  ],
  'an object with fields': ['class P:\n  def __init__(s): s.x = 1\nreturn P()', [0], { x: 1 }, 'passed'],
  'an object with a text': ['class P:\n  def __str__(s): return "P1"\nreturn P()', [0], 'P1', 'passed'],
  'a list that contains itself': ['a.append(a)\nreturn a', [[1]], [1], 'failed'],
  'nothing for a value': ['print(a)', [1], 1, 'failed'],
  'a text for a number': ['return "1"', [1], 1, 'failed'],
  'a missing module': ['import numpy\nreturn numpy.sum(a)', [[1]], 1, 'unsupported'],
};
const javascript: Readonly<Record<string, Pair>> = {
  'a Set in any order': ['return new Set([2, 1])', [0], [1, 2], 'passed'],
  'a Map as an object': ['return new Map([["a", 1]])', [0], { a: 1 }, 'passed'],
  'a Map as pairs': ['return new Map([["a", 1]])', [0], [['a', 1]], 'passed'],
  'fields that are undefined': ['return { a: 1, b: undefined }', [0], { a: 1 }, 'passed'],
  'undefined for null': ['', [0], null, 'passed'],
  'a negative zero': ['return -0', [0], 0, 'passed'],
  'not a number': ['return NaN', [0], 'NaN', 'passed'],
  'not a number for nothing': ['return NaN', [0], null, 'failed'],
  'a BigInt': ['return 2n ** 70n', [0], '1180591620717411303424', 'passed'],
  'a typed array': ['return new Uint8Array([1, 2])', [0], [1, 2], 'passed'],
  'a Date': ['return new Date(0)', [0], '1970-01-01T00:00:00.000Z', 'passed'],
  'an instance of a class': ['class P { x = 1; #y = 2 }\nreturn new P()', [0], { x: 1 }, 'passed'],
  'an object that contains itself': ['const o = { a: 1 }; o.self = o; return o', [0], { a: 1 }, 'failed'],
  'a promise': ['return Promise.resolve(a)', ['x'], 'x', 'passed'],
  'a generator': ['return (function* () { yield 1; yield 2 })()', [0], [1, 2], 'passed'],
  'a missing module': [`return require('lodash').sum(a)`, [[1]], 1, 'unsupported'],
};

const LIMITS = { ...DEFAULT_LIMITS, caseMs: 15_000, programMs: 90_000 };

async function expectVerdicts(language: Language, pairs: Readonly<Record<string, Pair>>) {
  const all = Object.values(pairs);
  const content = all.map(([code], i) =>
    language === 'python'
      ? `def f${i}(a):\n  ${code.replaceAll('\n', '\n  ')}\n`
      : `function f${i}(a) { ${code} }`,
  );
  const cases = all.map(([, args, returns], i): Case => {
    return { kind: 'call', function: `f${i}`, args, expected: { value: returns } };
  });
  const files = [{ name: 'main', content: content.join('\n') }];
  const { reason, results } = await run({ language, files }, cases, LIMITS);
  expect(reason).toBeNull();
  const verdicts = Object.keys(pairs).map((name, i) => [name, results[i]?.verdict, results[i]?.actual]);
  expect(verdicts.map(([name, verdict]) => [name, verdict])).toEqual(
    Object.entries(pairs).map(([name, [, , , verdict]]) => [name, verdict]),
  );
}

const raises = (name: string, ...args: Json[]): Case => ({
  kind: 'call',
  function: name,
  args,
  expected: { raises: true },
});
const stdin = (text: string, value: string): Case => ({ kind: 'stdin', stdin: text, expected: { value } });

async function verdictsOf(language: Language, content: string, cases: readonly Case[]) {
  const program = { language, files: [{ name: 'main', content }] };
  const { results } = await run(program, cases, LIMITS);
  return results.map(({ verdict }) => verdict);
}

describe.skipIf(process.platform !== 'linux')('the sandbox judges', () => {
  it('values of Python by what they mean', () => expectVerdicts('python', python));
  it('values of JavaScript by what they mean', () => expectVerdicts('javascript', javascript));

  it('an error as expected, unless it shows a fault in the program', async () => {
    const code = `
def check(n):
  if n < 0: raise ValueError("negative")
def todo(n): raise NotImplementedError()
def typo(n): return numbr
class Stack:
  def __init__(self, size): pass
  def pop(self): raise IndexError()
class Queue:
  def pop(self): raise IndexError()`;
    const cases = ['check', 'todo', 'typo', 'Stack.pop', 'Queue.pop', 'check'].map((name, i) =>
      raises(name, ...(name.includes('.') ? [] : [i === 0 ? -1 : 1])),
    );
    // A class that needs arguments cannot be tried.
    expect(await verdictsOf('python', code, cases)).toEqual([
      ...['passed', 'failed', 'failed', 'unsupported', 'passed', 'failed'],
    ]);
    const script = `function check(n) { if (n < 0) throw 'negative' } const typo = () => numbr;
class Stack { constructor(size) { this.items = size.items } pop() { throw new Error() } }`;
    const calls = [raises('check', -1), raises('check', 1), raises('typo'), raises('Stack.pop')];
    expect(await verdictsOf('javascript', script, calls)).toEqual([
      ...['passed', 'failed', 'failed', 'unsupported'],
    ]);
  });

  it('printed texts with and without prompts, ends of lines and last digits', async () => {
    const asks = 'a = int(input("First: "))\nb = int(input("Second: "))\nprint("Sum:", a + b)';
    const inputs = [stdin('1\n2\n', 'Sum: 3'), stdin('1\n2', 'First: Second: Sum: 3'), stdin('1\n', '1')];
    expect(await verdictsOf('python', asks, inputs)).toEqual(['passed', 'passed', 'failed']);
    const prints = 'import sys\nx = float(sys.stdin.read())\nprint(x / 3, "  ")\nprint("end")\nsys.exit(0)';
    expect(
      await verdictsOf('python', prints, [stdin('1', '0.33333333\nend\n'), stdin('1', '0.34\nend')]),
    ).toEqual(['passed', 'failed']);
    const script = `const rl = require('readline').createInterface({ input: process.stdin });
rl.question('Name? ', (name) => { console.log('Hello, ' + name); rl.close(); });`;
    const named = [stdin('Ada\n', 'Hello, Ada'), stdin('Ada\n', 'Name? Hello, Ada'), stdin('Ada\n', 'Hello')];
    expect(await verdictsOf('javascript', script, named)).toEqual(['passed', 'passed', 'failed']);
  });
});
