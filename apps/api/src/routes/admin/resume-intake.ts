import { serviceStateSchema } from '@codegen/contract';
import { defineRoute } from '../../http/route.ts';
import { toServiceState } from './read-state.ts';

export const resumeIntake = defineRoute({
  id: 'resumeIntake',
  method: 'post',
  path: '/admin/intake/resume',
  tag: 'Administration',
  summary: 'Accept new jobs again',
  description: 'Does nothing if the intake is open.',
  admin: true,
  responses: { 200: { description: 'The state afterwards', body: serviceStateSchema } },
  problems: [],
  handler:
    ({ runs }) =>
    async (_request, response) => {
      await runs.setIntake('open');
      response.set('Cache-Control', 'no-store').json(toServiceState(await runs.state()));
    },
});
