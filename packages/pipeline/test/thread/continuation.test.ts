import { codeOutput, fileOf } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { fromQuery, type Message, type Outcome } from '../../src/run/run.ts';
import { continueRun } from '../../src/thread/continuation.ts';

const completed = (text: string): Outcome => ({
  status: 'completed',
  route: 'simple',
  source: 'answer',
  response: { code: text, steps: {} },
  language: 'python',
  files: codeOutput(text).code.files,
  degraded: [],
});
const question: Outcome = {
  status: 'completed',
  route: 'ambiguous',
  source: 'clarify',
  response: { code: '', feedback: 'Which language?', ambiguous: true },
  language: null,
  files: [],
  degraded: [],
};
const failed: Outcome = { status: 'failed', stage: 'answer', code: 'refused', detail: '', degraded: [] };

const given = [{ name: 'a.py', content: 'given' }];
const next = { conversation: fromQuery('next'), files: [] };
const after = (outcome: Outcome, files = given, conversation: readonly Message[] = fromQuery('first')) =>
  continueRun({ conversation, files, stages: {}, outcome }, next);

describe('a follow-up', () => {
  test('replaces a file whose name has another form of its characters', () => {
    const newer = [{ name: '\u00E9.py', content: 'new' }];
    const run = {
      conversation: fromQuery('first'),
      files: [{ name: 'e\u0301.py', content: 'old' }],
      stages: {},
      outcome: failed,
    };
    expect(continueRun(run, { ...next, files: newer }).files).toEqual(newer);
  });

  test('starts from the code of its predecessor, and has its request word for word without its code', () => {
    const { conversation, files } = after(completed('print(1)'));
    expect(files).toEqual([{ name: 'main.py', content: 'print(1)' }]);
    expect(conversation).toEqual([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: '(The code was written: main.py.)' },
      { role: 'user', content: 'next' },
    ]);
  });

  test('to a question has the question in its conversation, and the code before it', () => {
    const { conversation, files } = after(question);
    expect(conversation[1]).toEqual({ role: 'assistant', content: 'Which language?' });
    expect(files).toEqual(given);
  });

  test.each([
    ['failed', failed, 'the request failed'],
    ['was cancelled', { status: 'cancelled' } as const, 'the request was cancelled'],
  ])('to a job that %s starts from the code that this job started from', (_, outcome, note) => {
    const { conversation, files } = after(outcome);
    expect(conversation[1]?.content).toContain(note);
    expect(files).toEqual(given);
  });

  test('takes its own files in place of those with the same name', () => {
    const outcome = {
      ...completed(''),
      files: [
        { ...fileOf('old'), name: 'a.py' },
        { ...fileOf('b'), name: 'b.py' },
      ],
    };
    const own = [
      { name: 'c.py', content: 'c' },
      { name: 'a.py', content: 'new' },
    ];
    const { files } = continueRun(
      { conversation: fromQuery('first'), files: [], stages: {}, outcome },
      { ...next, files: own },
    );
    expect(files).toEqual([
      { name: 'a.py', content: 'new' },
      { name: 'b.py', content: 'b' },
      { name: 'c.py', content: 'c' },
    ]);
  });

  test('has no code of earlier answers, and keeps code in messages of people', () => {
    const fenced = 'Look:\n```python\nold()\n```\nDone.';
    const messages: Message[] = [
      { role: 'user', content: fenced },
      { role: 'assistant', content: fenced },
      { role: 'user', content: 'first' },
    ];
    const { conversation } = after(completed('new()'), [], messages);
    expect(conversation[0]?.content).toBe(fenced);
    expect(conversation[1]?.content).toBe('Look:\nDone.\n(Code was left out.)');
  });
});
