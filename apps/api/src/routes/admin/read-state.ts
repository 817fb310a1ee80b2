import { serviceStateSchema } from '@codegen/contract';
import type { QueueState } from '@codegen/queue';
import type { z } from 'zod';
import { defineRoute } from '../../http/route.ts';

export const readState = defineRoute({
  id: 'readState',
  method: 'get',
  path: '/admin/state',
  tag: 'Administration',
  summary: 'Intake, open jobs, stages and workers of the service',
  admin: true,
  responses: { 200: { description: 'The state that all processes share', body: serviceStateSchema } },
  problems: [],
  handler:
    ({ runs }) =>
    async (_request, response) => {
      response.set('Cache-Control', 'no-store').json(toServiceState(await runs.state()));
    },
});

export function toServiceState(state: QueueState): z.input<typeof serviceStateSchema> {
  const { intakePausedAt, openRuns } = state;
  return {
    intake: intakePausedAt === null ? 'open' : 'paused',
    pausedAt: intakePausedAt === null ? null : new Date(intakePausedAt).toISOString(),
    drained: openRuns === 0,
    openJobs: openRuns,
    waitingJobs: state.waitingRuns,
    oldestWaitingSeconds: state.oldestWaitingMs / 1_000,
    stages: state.stages,
    workers: state.workers,
    webhooksPending: state.webhooks,
  };
}
