import { jobListSchema, threadPageSchema } from '@codegen/contract';
import { toThreadEntry } from '@codegen/contract/to-thread';
import { z } from 'zod';
import { cursorOf, readCursor } from '../../http/cursor.ts';
import { parametersOf } from '../../http/query.ts';
import { defineRoute } from '../../http/route.ts';
import { fieldsOf, issueOf, rejectMisspelled } from '../../http/unknown-fields.ts';
import { callerIn } from '../../middleware/callers.ts';
import { ProblemError } from '../../problem.ts';

const { limit, cursor } = jobListSchema.shape;
const queryParameters = z.object({ limit: limit.describe('Threads per page, 20 by default'), cursor });

export const listThreads = defineRoute({
  id: 'listThreads',
  method: 'get',
  path: '/threads',
  tag: 'Threads',
  summary: 'List your threads, those with the newest jobs first',
  parameters: { query: queryParameters },
  responses: { 200: { description: 'A page of threads', body: threadPageSchema } },
  problems: ['invalid-filter', 'malformed-cursor'],
  handler: (deps) => async (request, response) => {
    const parameters = parametersOf(request.url);
    rejectMisspelled(parameters, fieldsOf(queryParameters));
    const parsed = queryParameters.safeParse(Object.fromEntries(parameters));
    if (!parsed.success)
      throw new ProblemError('invalid-filter', issueOf(parsed.error, fieldsOf(queryParameters)));
    const { limit = 20, cursor } = parsed.data;
    const before = cursor === undefined ? null : readCursor(cursor);
    const { threads, next } = await deps.runs.threads(callerIn(response), before, limit);
    const body = { threads: threads.map(toThreadEntry), next: next && cursorOf(next) };
    response.set('Cache-Control', 'no-store').json(body);
  },
});
