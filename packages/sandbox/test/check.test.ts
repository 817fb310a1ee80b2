import { afterAll, describe, expect, it } from 'vitest';
import { check, closeChecker } from '../src/index.ts';

afterAll(closeChecker);

const correct: readonly (readonly [string, string])[] = [
  [
    'python',
    'def f(x: int) -> list[int]:\n    match x:\n        case 1: return [y for y in range(x)]\n    return []\n',
  ],
  ['python', 'async def f[T](x: T) -> str:\n    async with a as b, c: return f"{x!r:>{10}}"\n'],
  ['javascript', 'export const f = async (a) => ({ ...a, b: a?.c ?? 1n });\n'],
  ['javascript', 'const App = () => <div className="x">{1 + 1}</div>;\n'],
  ['javascript', 'const typed: number = 1;\n'],
  ['typescript', 'export const f = <T extends object>(a: T): keyof T => Object.keys(a)[0] as keyof T;\n'],
  ['typescript', 'abstract class A<const T> { private accessor x = 1 satisfies number; declare y: T }\n'],
  [
    'typescript',
    'export function f(): Promise<{ x: import("a").T }>;\nexport declare const a: { b: import("c").Type };\n',
  ],
  ['tsx', 'export const A = ({ n }: { n: number }) => <b>{n}</b>;\n'],
  [
    'java',
    'import java.util.*;\npublic class A { record P(int x) {} int f(List<Integer> l) { return l.stream().mapToInt(i -> i).sum(); } }\n',
  ],
  ['java', 'int add(int a, int b) { return a + b; }\n'],
  ['go', 'package main\n\nfunc Map[T any](x []T) int { return len(x) }\n'],
  ['rust', 'use std::fmt;\npub fn f<T: fmt::Debug>(x: &[T]) -> Option<usize> { Some(x.len()) }\n'],
  ['python', '%pip install x\nimport x\n'],
  ['cpp', 'int main( {'],
  ['unknown', 'int main( {'],
];

describe('the syntax check', () => {
  it('accepts correct code, code of languages without a certain grammar, and notebooks', async () => {
    const texts = correct.map(([language, text]) => ({ language, text }));
    const faults = await check([...texts, { language: null, text: 'x(' }]);
    expect(faults).toEqual(faults.map(() => null));
  });

  it('names the line of code that is cut off or has words of an explanation in it', async () => {
    const wrong = [
      { language: 'python', text: 'def f(x):\n    return (x +\n' },
      { language: 'python', text: 'x = 1\nHere is the code:\n' },
      { language: 'javascript', text: 'const a = 1;\nfunction f() {\n  return [1, 2\n' },
      { language: 'typescript', text: 'interface A {\n  x: number\n' },
      { language: 'java', text: 'class A { void f() { int x = ; } }\n' },
      { language: 'go', text: 'package main\n\nfunc f() {\n' },
      { language: 'rust', text: 'fn f() -> i32 { 1\n' },
    ];
    const faults = await check(wrong);
    expect(faults.map((fault) => fault !== null && fault.line > 0 && fault.message !== '')).toEqual(
      wrong.map(() => true),
    );
    expect(faults[1]).toMatchObject({ line: 2 });
  });

  it('answers many checks at once and after its process has ended', async () => {
    const one = { language: 'python', text: 'def f(:\n' };
    const many = await Promise.all(Array.from({ length: 20 }, () => check([one])));
    expect(many.flat().every((fault) => fault?.line === 1)).toBe(true);
    closeChecker();
    expect((await check([one]))[0]?.line).toBe(1);
  });

  it('judges nothing in code that is too long', async () => {
    expect(await check([{ language: 'python', text: `x(\n${'#'.repeat(300_000)}` }])).toEqual([null]);
  });
});
