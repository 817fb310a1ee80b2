import { describe, expect, it } from 'vitest';
import { type Case, DEFAULT_LIMITS, type Json, type Program, run, supports } from '../src/index.ts';

const file = (name: string, content: string) => ({ name, content });
const python = (content: string, ...more: Program['files']): Program => ({
  language: 'python',
  files: [file('solution.py', content), ...more],
});
const script = (content: string, ...more: Program['files']): Program => ({
  language: 'javascript',
  files: [file('solution.js', content), ...more],
});
const call = (name: string, args: Json[], value: Json): Case => ({
  kind: 'call',
  function: name,
  args,
  expected: { value },
});
const stdin = (text: string, value: string): Case => ({ kind: 'stdin', stdin: text, expected: { value } });
const raises = (name: string, args: Json[]): Case => ({
  kind: 'call',
  function: name,
  args,
  expected: { raises: true },
});

/** Generous, for a loaded machine. */
const LIMITS = { ...DEFAULT_LIMITS, caseMs: 15_000, programMs: 60_000 };

/** Verdicts of a loaded program. Otherwise why it was not loaded. */
async function verdicts(program: Program, ...cases: Case[]) {
  const { load, reason, results } = await run(program, cases, LIMITS);
  return load === 'loaded' ? results.map(({ verdict }) => verdict) : [load, reason];
}

describe.skipIf(process.platform !== 'linux')('the sandbox runs', () => {
  it('Python, JavaScript and TypeScript', () => {
    expect(['python', 'javascript', 'typescript', 'java', null].filter(supports)).toEqual([
      'python',
      'javascript',
      'typescript',
    ]);
  });

  it('calls of Python functions, and compares JSON values', async () => {
    const code = `
import asyncio, dataclasses
from lib import twice
@dataclasses.dataclass
class Point:
    x: int
class Stack:
    def size(self): return 0
def reverse(text): return text[::-1]
def pair(a, b): return (a, {'k': {a, b}, 'p': Point(1)})
def thirds(n): return n / 3
async def later(n):
    await asyncio.sleep(0.01)
    return twice(n)
`;
    const cases = [
      call('reverse', ['abc'], 'cba'),
      call('reverse', ['abc'], 'abc'),
      raises('reverse', [1]),
      raises('reverse', ['a']),
      call('pair', [1, 2], [1, { k: [2, 1], p: { x: 1 } }]),
      call('thirds', [1], 0.333_333_333),
      call('later', [4], 8),
      call('Stack.size', [], 0),
      call('missing', [], 0),
    ];
    expect(await verdicts(python(code, file('lib.py', 'def twice(n): return 2 * n')), ...cases)).toEqual([
      'passed',
      'failed',
      'passed',
      'failed',
      'passed',
      'passed',
      'passed',
      'passed',
      'unsupported',
    ]);
  });

  it.each([
    ['Python', python('def f(name, value): return {name: value}')],
    ['JavaScript', script('const f = (name, value) => ({ [name]: value });')],
    ['JavaScript with a map', script('const f = (name, value) => new Map([[name, value]]);')],
  ])('programs in %s whose keys look like tags of the sandbox', async (_, program) => {
    const cases = [
      call('f', ['$set', [1]], { $set: [1] }),
      call('f', ['$$', 1], { $$: 1 }),
      call('f', ['$one', [1, 2, 3]], 2),
      call('f', ['$repr', 'x'], 'x'),
    ];
    expect(await verdicts(program, ...cases)).toEqual(['passed', 'passed', 'failed', 'failed']);
  });

  it('programs that offer many results by changing what reports them', async () => {
    const change = 'import sys\nsys._getframe(1).f_globals["_json"] = lambda *_: {"$one": list(range(100))}';
    const code = `def f():\n  ${change.replaceAll('\n', '\n  ')}\n  return 0`;
    expect(await verdicts(python(code), call('f', [], 42))).toEqual(['failed']);
  });

  it('Python programs that read stdin, each time afresh', async () => {
    const code = 'import sys\nn = 0\nfor line in sys.stdin: n += int(line)\nprint(n)';
    expect(await verdicts(python(code), stdin('1\n2\n', '3'), stdin('4', '4\n'), stdin('x', '0'))).toEqual([
      'passed',
      'passed',
      'failed',
    ]);
  });

  it('the only function of a program, whatever its name and naming convention', async () => {
    expect(
      await verdicts(python('def reverse_text(s): return s[::-1]'), call('reverse', ['ab'], 'ba')),
    ).toEqual(['passed']);
    const two = 'const isOdd = (n) => n % 2 === 1;\nfunction isEven(n) { return !isOdd(n) }';
    expect(await verdicts(script(two), call('is_even', [2], true), call('even', [2], true))).toEqual([
      'passed',
      'unsupported',
    ]);
  });

  it('ES modules, CommonJS and TypeScript with several files', async () => {
    const esm = `import { ten } from './lib.js';\nexport default async (n) => n * ten;`;
    expect(
      await verdicts(script(esm, file('lib.js', 'export const ten = 10')), call('times', [2], 20)),
    ).toEqual(['passed']);
    const cjs = `const { ten } = require('./lib');\nmodule.exports = { times: (n) => new Map([['r', n * ten]]) };`;
    expect(
      await verdicts(script(cjs, file('lib.js', 'exports.ten = 10')), call('times', [2], { r: 20 })),
    ).toEqual(['passed']);
    const typed = `enum Kind { A = 2 }\ninterface X { n: number }\nexport const f = (x: X): number => x.n * Kind.A;`;
    const program: Program = { language: 'typescript', files: [file('main.ts', typed)] };
    expect(await verdicts(program, call('f', [{ n: 4 }], 8))).toEqual(['passed']);
  });

  it('JavaScript that reads stdin in the ways of Node, with timers that take no time', async () => {
    const ways = [
      `const text = require('fs').readFileSync(0, 'utf8');\nsetTimeout(() => console.log(text.length), 60_000);`,
      `let n = 0;\nprocess.stdin.on('data', (d) => (n += d.length)).on('end', () => console.log(n));`,
      `import readline from 'node:readline';\nlet n = 0;\nfor await (const line of readline.createInterface({ input: process.stdin })) n += line.length + 1;\nconsole.log(n);`,
      `const rl = require('readline').createInterface({ input: process.stdin });\nlet n = 0;\nrl.on('line', (l) => { n += l.length + 1; }).on('close', () => console.log(n));`,
    ];
    const all = await Promise.all(ways.map((way) => verdicts(script(way), stdin('1\n22\n', '5'))));
    expect(all).toEqual(ways.map(() => ['passed']));
  });

  it('no program that does not parse, that fails while it is loaded, or that needs what is not there', async () => {
    const one = call('f', [], 1);
    const rejected = [
      python('def f(:'),
      python('1 / 0'),
      script('function f( {'),
      script('throw new Error("no")'),
      python('import numpy'),
      python('name = input()'),
      script(`import express from 'express';`),
    ];
    const [broken, fails, cut, throws, missing, asks, express] = await Promise.all(
      rejected.map((program) => verdicts(program, one)),
    );
    expect(broken).toEqual(['broken', 'SyntaxError: invalid syntax [line 1]']);
    expect([fails, cut, throws].map((result) => result?.[0])).toEqual(['broken', 'broken', 'broken']);
    expect(missing).toEqual(['unsupported', 'module numpy is not available']);
    expect([asks, express].map((result) => result?.[0])).toEqual(['unsupported', 'unsupported']);
  });

  it('the cases after one that never ends', async () => {
    const code = 'def f(n):\n  while n == 1: pass\n  return n';
    const limits = { ...DEFAULT_LIMITS, caseMs: 1_500, programMs: 60_000 };
    const { results } = await run(
      python(code),
      [call('f', [0], 0), call('f', [1], 1), call('f', [2], 2)],
      limits,
    );
    expect(results.map(({ verdict }) => verdict)).toEqual(['passed', 'timeout', 'passed']);
  });

  it('nothing after its signal aborts', async () => {
    const controller = new AbortController();
    const running = run(python('while True: pass'), [call('f', [], 1)], DEFAULT_LIMITS, controller.signal);
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
  });
});
