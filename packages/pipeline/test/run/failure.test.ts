import { failure, usage } from '@codegen/testing/runs/records';
import { expect, test } from 'vitest';
import { StageError, unreadable } from '../../src/run/failure.ts';

test('a stage error has its failure, usage and cause', () => {
  const cause = new Error('socket');
  const error = new StageError(failure(), { usage: usage({ cost: 0.1 }), cause });
  expect(error).toMatchObject({ name: 'StageError', message: 'try later', failure: failure(), cause });
  expect(error.usage?.cost).toBe(0.1);
  expect(new StageError(failure()).usage).toBeNull();
});

test('an unreadable answer has the intent nextModel', () => {
  expect(unreadable('no code').failure).toEqual({
    intent: 'nextModel',
    code: 'unreadable-answer',
    message: 'no code',
  });
});
