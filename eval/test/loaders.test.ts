import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadTasks } from '../src/tasks/load.ts';
import { readPage } from '../src/tasks/own.ts';

const folder = mkdtempSync(join(tmpdir(), 'eval-loaders-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const humanEval = {
  task_id: 'HumanEval/0',
  prompt: 'def double(x: int) -> int:\n    """Twice x."""\n',
  entry_point: 'double',
  canonical_solution: '    return 2 * x\n',
  contract: '',
  base_input: [[1], [2]],
  plus_input: [[-3]],
  atol: 0,
};
const mbpp = {
  task_id: 'Mbpp/2',
  prompt: '"""\nWrite a function to join two lists.\nassert join([1], [2]) == [1, 2]\n"""\n',
  entry_point: 'join',
  canonical_solution: '\ndef join(a, b):\n    return a + b\n',
  base_input: [[[1], [2]]],
  // An empty object stands for no inputs in some releases.
  plus_input: {},
  atol: 0,
};
const needsNumpy = {
  ...mbpp,
  task_id: 'Mbpp/3',
  canonical_solution: 'import numpy\ndef join(a, b):\n    return a',
};
const live = {
  question_title: 'Sum',
  question_content: 'Add the numbers.',
  platform: 'atcoder',
  question_id: 'abc001_a',
  contest_date: '2024-01-01T00:00:00',
  starter_code: '',
  difficulty: 'easy',
  public_test_cases: JSON.stringify([{ input: '1\n1\n', output: '2\n', testtype: 'stdin' }]),
  // Written by Python: pickle, zlib, Base64.
  private_test_cases:
    'eJxrYJlqzwABPdbR1UqZeQWlJUpWCkpGMXnGMXlKOgpK+aUlUDFTiEBJanFJSWVBKkiouCQlM0+pNnaKHgDX7xVN',
  metadata: '{}',
};
const leet = {
  ...live,
  question_id: '3000',
  starter_code: 'class Solution:\n    def addAll(self, numbers: List[int], start: int) -> int:\n        ',
  public_test_cases: JSON.stringify([{ input: '[1, 2]\n3', output: '6', testtype: 'functional' }]),
  private_test_cases: '[]',
  metadata: '{"func_name": "addAll"}',
};

describe('files of known benchmarks', () => {
  test.skipIf(process.platform !== 'linux')(
    'HumanEval+ and MBPP+ expect what their references return',
    async () => {
      const { tasks, leftOut } = await loadTasks(file('plus.jsonl', [humanEval, mbpp, needsNumpy]));
      expect(leftOut).toEqual(['Mbpp/3']);
      expect(tasks.map(({ id, cases }) => [id, cases.map(({ expected }) => expected)])).toEqual([
        ['HumanEval/0', [{ value: 2 }, { value: 4 }, { value: -6 }]],
        ['Mbpp/2', [{ value: [1, 2] }]],
      ]);
      expect(tasks[0]?.reference).toBe('def double(x: int) -> int:\n    """Twice x."""\n    return 2 * x\n');
      expect(tasks[0]?.request).toContain('Twice x.');
      expect(tasks[1]?.request).toMatch(/^Write a function to join two lists\.[^"]*called join\.$/);
    },
  );

  test('LiveCodeBench has tests on stdin and of methods, as JSON and as compressed pickles', async () => {
    const { tasks } = await loadTasks(file('live.jsonl', [live, leet]));
    expect(tasks.map(({ cases }) => cases)).toEqual([
      [
        { kind: 'stdin', stdin: '1\n1\n', expected: { value: '2\n' } },
        { kind: 'stdin', stdin: '2\n3\n', expected: { value: '5\n' } },
      ],
      [{ kind: 'call', function: 'Solution.addAll', args: [[1, 2], 3], expected: { value: 6 } }],
    ]);
    expect(tasks[1]?.request).toContain('class Solution');
  });

  test('a pickle longer than 255 bytes is read too', async () => {
    const private_test_cases =
      'eJxrYJn6lpEBDCKeARnR1UqZeQWlJUpWCkoGSjoKSvmlJTBuTB5IoCS1uKSksiAVJFRckpKZp1Sro4CkyxBVlyFxuoxQdRkRp8sYVZcxcbpMUHWZEKfLFFWXKXG6zFB1mRGnyxxVlzlxuixQdVng1BU7RQ8ATf+Wdg==';
    const { tasks } = await loadTasks(file('long.jsonl', [{ ...live, private_test_cases }]));
    expect(tasks[0]?.cases).toHaveLength(10);
  });

  test('tasks are chosen by id and number', async () => {
    const path = file('chosen.jsonl', [live, leet]);
    const ids = async (accepts: (id: string) => boolean, limit?: number) =>
      (await loadTasks(path, accepts, limit)).tasks.map(({ id }) => id);
    expect(await ids((id) => id.startsWith('3'))).toEqual(['3000']);
    expect(await ids(() => true, 1)).toEqual(['abc001_a']);
  });

  test.each([
    [
      'a pickle that calls a function',
      { ...live, private_test_cases: 'eJxrYI4pZNDo4EgtyclMSubI5XLIL0lNSgEAU0oHOw==' },
      /line 1: the tests of abc001_a/,
    ],
    ['the form of Hugging Face', { task_id: 1, prompt: '', test: 'assert True' }, /releases of EvalPlus/],
    ['another form', { question: 'x' }, /line 1: neither a task of HumanEval\+/],
  ])('%s is refused with the reason', async (_, row, message) => {
    await expect(loadTasks(file('wrong.jsonl', [row]))).rejects.toThrow(message);
  });

  test('a page of tasks without tests is refused', () => {
    expect(() => readPage('## a\n\nText\n\n```python\nx = 1\n```\n', 'python')).toThrow('task a needs');
    expect(() => readPage('## a\n\n```python\nx\n```\n\n```cases\nf(1)\n```\n', 'python')).toThrow(
      'not a test: f(1)',
    );
  });
});
