import type { Operation } from '../operation.ts';
import { jobPath, jobPathProblems } from './job-path.ts';

export const deleteJob = {
  id: 'deleteJob',
  method: 'delete',
  path: '/jobs/{id}',
  tag: 'Jobs',
  summary: 'Remove a finished job and all that is kept of it',
  parameters: { path: jobPath },
  answers: { 204: { description: 'It is gone' } },
  problems: [...jobPathProblems, 'job-not-finished'],
} satisfies Operation;
