import { threadSchema } from '@codegen/contract';
import { toThread } from '@codegen/contract/to-thread';
import { jobPath } from '../../http/job.ts';
import { defineRoute } from '../../http/route.ts';
import { findThread } from '../../http/thread.ts';

export const readThread = defineRoute({
  id: 'readThread',
  method: 'get',
  path: '/threads/{id}',
  tag: 'Threads',
  summary: 'Read a thread',
  parameters: { path: jobPath },
  responses: { 200: { description: 'The thread', body: threadSchema } },
  problems: ['malformed-job-id', 'unknown-thread'],
  handler: (deps) => async (request, response) => {
    const { id, thread } = await findThread(deps.runs, request.params.id, response);
    response.set('Cache-Control', 'no-store').json(toThread(deps, id, thread));
  },
});
