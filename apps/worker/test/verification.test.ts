import { buildCode, type Code, type TestCase } from '@codegen/pipeline';
import { HANG_MS } from '@codegen/testing/timeouts';
import { describe, expect, test } from 'vitest';
import { runCases } from '../src/sandbox.ts';

const file = (content: string, language: string | null, name: string | null = null) => ({
  name,
  language,
  content,
  inText: true,
});
const cases: readonly TestCase[] = [
  { kind: 'call', function: 'reverse', args: ['ab'], expected: { value: 'ba' }, isExample: true },
  { kind: 'call', function: 'reverse', args: [''], expected: { value: '' }, isExample: false },
];
const signal = AbortSignal.timeout(HANG_MS);
const verdicts = async (code: Code) => {
  const { load, results } = await runCases(code, cases, signal);
  return load === 'loaded' ? results.map(({ verdict }) => verdict) : load;
};

describe.skipIf(process.platform !== 'linux')('the worker runs code on cases', () => {
  test('in Python, JavaScript and TypeScript, in one block or several files', async () => {
    expect(await verdicts(buildCode([file('def reverse(s): return s[::-1]', 'python')]))).toEqual([
      'passed',
      'passed',
    ]);
    const parts = [
      file(
        `import { flip } from './lib.ts';\nexport const reverse = (s: string) => s === '' ? null : flip(s);`,
        'typescript',
        'src/index.ts',
      ),
      file(`export const flip = (s: string) => [...s].reverse().join('');`, 'typescript', 'src/lib.ts'),
    ];
    expect(await verdicts(buildCode(parts))).toEqual(['passed', 'failed']);
  });

  test('in no other language', async () => {
    expect(await verdicts(buildCode([file('fn main() {}', 'rust')]))).toBe('unsupported');
    expect(await verdicts(buildCode([file('x', null)]))).toBe('unsupported');
  });
});
