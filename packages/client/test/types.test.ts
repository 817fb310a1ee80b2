import { expectTypeOf, test } from 'vitest';
import type { estimateResource } from '../../../apps/api/src/estimate-resource.ts';
import type { readJobList } from '../../../apps/api/src/job-list.ts';
import type { JobRequest as Read } from '../../../apps/api/src/job-request.ts';
import type { jobResource } from '../../job/src/job-resource.ts';
import type { RunEvent } from '../../pipeline/src/run/event.ts';
import type { Estimate, Job, JobEvent, JobFilter, JobRequest, JobStage, JobTerms } from '../src/index.ts';

// The type checker compares: an API that keeps less than the types here promise does not pass the lint.

type Resource = ReturnType<typeof jobResource>;
/** What all jobs have, whatever their status; a time that is always there is not known to be so by its type. */
type Flat = { [Key in Exclude<keyof Job, 'stages' | 'createdAt'>]: Job[Key] };
type Told = Pick<JobEvent, 'sequence' | 'costSoFar'>;

test('a job is what the API sends', () => {
  const job = (sent: Omit<Resource, 'stages'>): Flat => sent;
  const stage = (sent: Omit<Resource['stages'][number], 'status'>): Omit<JobStage, 'status'> => sent;
  expectTypeOf(job).toBeFunction();
  expectTypeOf(stage).toBeFunction();
});

test('an event is what the queue tells', () => {
  const event = (sent: Told & Exclude<RunEvent, { type: 'job.finished' }>): JobEvent => sent;
  expectTypeOf(event).toBeFunction();
  expectTypeOf<Exclude<JobEvent['type'], 'snapshot'>>().toEqualTypeOf<RunEvent['type']>();
});

test('an estimate is what the API sends', () => {
  type Sent = Awaited<ReturnType<typeof estimateResource>>['estimate'];
  expectTypeOf<Sent>().toExtend<Estimate>();
});

test('a request and a filter are what the API reads', () => {
  type Filter = Required<ReturnType<typeof readJobList>['filter']>;
  type Given = Required<JobFilter>;
  expectTypeOf<Exclude<keyof Given, 'limit'>>().toEqualTypeOf<keyof Filter>();
  expectTypeOf<Given['status']>().toEqualTypeOf<Filter['status']>();
  expectTypeOf<Given['route']>().toEqualTypeOf<Filter['route']>();
  expectTypeOf<Exclude<keyof JobRequest, 'query' | 'messages'>>().toExtend<
    keyof Read | keyof Read['options']
  >();
  expectTypeOf<keyof JobTerms | 'models'>().toEqualTypeOf<keyof Read['options']>();
});
