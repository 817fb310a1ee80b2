import type { Outcome } from '@codegen/pipeline';

/** What a job can fail of. The key is the problem's `type`, stable for programs; the title is for people. */
export const JOB_PROBLEMS = {
  'budget-exhausted': { status: 402, title: 'The budget of the job is used up' },
  'models-failed': { status: 502, title: 'No model could answer' },
  'model-key-rejected': { status: 502, title: 'The model server rejected the service’s key' },
  'model-credit-used-up': { status: 502, title: 'The service has no credit left with the model server' },
  'deadline-exceeded': { status: 504, title: 'The time for the job was up' },
} as const;

type Failed = Extract<Outcome, { status: 'failed' }>;

const TYPES: Partial<Record<Failed['code'], keyof typeof JOB_PROBLEMS>> = {
  'key-rejected': 'model-key-rejected',
  'no-credit': 'model-credit-used-up',
  deadline: 'deadline-exceeded',
  budget: 'budget-exhausted',
};

/** What a job failed of, as problem details (RFC 9457). */
export function problemOf({ stage, code, detail }: Failed) {
  const type = TYPES[code] ?? 'models-failed';
  return { type: `/problems/${type}`, ...JOB_PROBLEMS[type], detail, stage, code };
}
