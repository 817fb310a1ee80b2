import { z } from 'zod';
import { PROBLEMS, type ProblemType } from '../problem.ts';
import { failureCode } from './failure.ts';

const anyProblemSchema = z
  .looseObject({
    type: z.string().describe('Stable: programs should look at nothing else'),
    title: z.string().min(1),
    status: z.int().min(400).max(599),
    detail: z.string().min(1).describe('What happened this time and what to do about it'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' });

const typeOf = (types: readonly ProblemType[]) =>
  z.string().meta({ enum: types.map((type) => `/problems/${type}`) });

/** A problem of one of these types, all of one status. */
export const problemSchema = (types: readonly ProblemType[]) =>
  z.intersection(
    anyProblemSchema,
    z.looseObject({ type: typeOf(types), status: z.literal(types.map((type) => PROBLEMS[type].status)) }),
  );

export const FAILED_JOB = [
  'models-failed',
  'model-key-rejected',
  'model-credit-used-up',
  'deadline-exceeded',
  'budget-exhausted',
] as const satisfies readonly ProblemType[];

/** Why a job failed: a problem of one of these types. */
export const failureProblemSchema = (types: readonly (typeof FAILED_JOB)[number][]) =>
  z.looseObject({
    ...anyProblemSchema.shape,
    type: typeOf(types),
    stage: z.string().describe('The stage that could not be done'),
    code: failureCode,
  });

export const failedProblemSchema = failureProblemSchema(FAILED_JOB).meta({
  id: 'FailedJobProblem',
  description: 'Why a job failed.',
});
