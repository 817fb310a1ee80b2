import { expect, test } from 'vitest';
import { type JobVerification, testsOf } from '../src/state/tests.ts';

const testCase = (counted: boolean) => ({
  kind: 'call' as const,
  input: 'f(1)',
  expected: '1',
  isExample: false,
  counted,
});
const passed = { verdict: 'passed' as const, actual: '1' };
const failed = { verdict: 'failed' as const, actual: '2' };

const verification: JobVerification = {
  cases: [testCase(true), testCase(true), testCase(false)],
  versions: [
    {
      stage: 'enhance.direct',
      load: 'loaded' as const,
      reason: null,
      results: [passed, failed, failed],
    },
    { stage: 'generate.direct', load: 'broken' as const, reason: 'line 1', results: [] },
  ],
  choice: null,
  reason: '',
};

test('versions are listed by letter, with the counted cases that they pass', () => {
  const { counted, versions } = testsOf(verification);
  expect(counted).toBe(2);
  expect(versions.map(({ letter, passed, load }) => [letter, passed, load])).toEqual([
    ['A', 0, 'broken'],
    ['A′', 1, 'loaded'],
  ]);
});
