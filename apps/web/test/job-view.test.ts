import type { Job } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import { graph, NO_OPTIONS, type StageRecord } from '@codegen/pipeline';
import {
  call,
  choice,
  classified,
  failedRecord,
  failure,
  record,
  running,
  wrote,
} from '@codegen/testing/runs/records';
import { expect, test } from 'vitest';
import { viewOf } from '../src/state/job-view.ts';

/** The job of a run that has not finished. */
const jobOf = (...records: readonly StageRecord[]): Job =>
  toJob(
    { graph, retentionSeconds: 60 },
    {
      ...({} as Parameters<typeof toJob>[1]),
      id: '01890a5d-ac96-774b-bcce-b302099a8057',
      conversation: [{ role: 'user', content: 'hi' }],
      options: NO_OPTIONS,
      createdAt: 0,
      route: 'complex',
      stages: Object.fromEntries(records.map((one) => [one.stage, one])),
      outcome: null,
      finishedAt: null,
      rerun: null,
      webhook: null,
      metadata: {},
    },
  ) as Job;

const stateOf = (job: Job, stage: string) => viewOf(job).stages.get(stage)?.state;

test('a stage that failed while the job goes on is degraded', () => {
  expect(stateOf(jobOf(classified('complex'), failedRecord('interpret')), 'interpret')).toBe('degraded');
});

test('a job whose only live stage is retrying is retrying', () => {
  const retrying = record('generate.direct', { status: 'retrying', endedAt: null });
  expect(viewOf(jobOf(classified('complex'), retrying)).state).toBe('retrying');
  expect(viewOf(jobOf(classified('complex'), retrying, running('interpret'))).state).toBe('running');
});

test('a stage whose second call went to another model was served by a fallback', () => {
  const calls = [call('a/first', failure()), call('b/second', null)];
  const view = viewOf(jobOf(classified('complex'), { ...wrote('generate.direct'), calls }));
  expect(view.stages.get('generate.direct')?.isFallback).toBe(true);
});

test('the chosen version has the letter of its stage', () => {
  const compare = record('compare', { output: choice('enhance.interpreted', 'better') });
  expect(viewOf(jobOf(classified('complex'), wrote('enhance.interpreted'), compare)).choice).toBe('B′');
});

test('what an event reports is shown until the job says more', () => {
  const job = jobOf(classified('complex'), running('interpret'));
  const notes = { interpret: { why: 'too many requests', retryAt: 5 } };
  expect(viewOf(job, notes).stages.get('interpret')).toMatchObject({ why: 'too many requests', retryAt: 5 });
});
