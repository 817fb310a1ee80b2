import { call, failure } from '@codegen/testing/runs/records';
import { expect, test } from 'vitest';
import { ABORTED } from '../../src/run/failure.ts';
import { outcomeOf } from '../../src/run/record.ts';

test.each([
  ['running until it has an answer or a failure', call('m', null, { durationMs: null }), 'running'],
  ['finished when the model answered', call('m', null), 'finished'],
  ['failed when it has a failure', call('m', failure()), 'failed'],
  [
    'failed when its worker was lost, although its duration is unknown',
    call('m', failure({ code: 'worker-lost' }), { durationMs: null }),
    'failed',
  ],
])('a call is %s', (_, one, outcome) => {
  expect(outcomeOf(one)).toBe(outcome);
});

test.each([
  'Google',
  'Google AI Studio',
  'Amazon Bedrock',
  'Groq',
  'Mistral',
  'Alibaba',
  'Alibaba Cloud Int.',
])('an aborted call is not abortable when %s ran it', (provider) => {
  expect(outcomeOf(call('m', ABORTED, { provider }))).toBe('not-abortable');
});

test.each(['DeepInfra', 'Mistralish', null])('an aborted call is aborted when %s ran it', (provider) => {
  expect(outcomeOf(call('m', ABORTED, { provider }))).toBe('aborted');
});

test.each(['Groq', 'DeepInfra'])('a call that failed by itself is failed, also at %s', (provider) => {
  expect(outcomeOf(call('m', failure(), { provider }))).toBe('failed');
});
