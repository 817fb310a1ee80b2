import { graph, NO_OPTIONS } from '@codegen/pipeline';
import type { StoredRun } from '@codegen/queue';
import { expect, test } from 'vitest';
import { call, record } from '../../../packages/pipeline/test/fixtures.ts';
import { jobResource } from '../src/job-resource.ts';
import { jobSchema } from '../src/resources/job.ts';

test('no duration is negative, whatever the clocks of the machines say', () => {
  const classify = record('classify', {
    startedAt: 9,
    endedAt: 4,
    calls: [call('m', null, { startedAt: 9 })],
  });
  const run: StoredRun = {
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    conversation: [{ role: 'user', content: 'hi' }],
    options: NO_OPTIONS,
    seed: 1,
    createdAt: 5,
    route: 'simple',
    stages: { classify },
    outcome: { status: 'cancelled' },
    finishedAt: 4,
    caller: 'anonymous',
    metadata: {},
    idempotencyKey: null,
    webhook: null,
    lastEvent: 1,
    cost: null,
  };
  const shown = jobResource({ graph, retentionSeconds: 60 }, run);
  expect(shown.durationMs).toBe(0);
  expect(shown.stages.map(({ durationMs }) => durationMs)).toEqual([0]);
  expect(jobSchema.parse(shown)).toEqual(shown);
});
