import type { Output, StageRecord } from '@codegen/pipeline';

/** Record of a stage that ended without a call. */
export const recordOf = (
  stage: string,
  output: Output | null,
  overrides: Partial<StageRecord> = {},
): StageRecord => ({
  stage,
  status: 'completed',
  startedAt: 1,
  endedAt: 2,
  retryAt: null,
  calls: [],
  output,
  failure: null,
  ...overrides,
});
