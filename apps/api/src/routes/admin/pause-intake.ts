import { serviceStateSchema } from '@codegen/contract';
import { defineRoute } from '../../http/route.ts';
import { toServiceState } from './read-state.ts';

export const pauseIntake = defineRoute({
  id: 'pauseIntake',
  method: 'post',
  path: '/admin/intake/pause',
  tag: 'Administration',
  summary: 'Accept no new jobs',
  description:
    'Requests that would start a job get `intake-paused`, at every API, until the intake is resumed. Accepted jobs continue: wait for `drained`.',
  admin: true,
  responses: { 200: { description: 'The state afterwards', body: serviceStateSchema } },
  problems: [],
  handler:
    ({ runs }) =>
    async (_request, response) => {
      await runs.setIntake('paused');
      response.set('Cache-Control', 'no-store').json(toServiceState(await runs.state()));
    },
});
