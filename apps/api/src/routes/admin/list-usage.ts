import { usageListSchema } from '@codegen/contract';
import { defineRoute } from '../../http/route.ts';
import { ANONYMOUS } from '../../middleware/callers.ts';
import { toUsage } from '../read-usage.ts';

export const listUsage = defineRoute({
  id: 'listUsage',
  method: 'get',
  path: '/admin/usage',
  tag: 'Administration',
  summary: 'What each caller has used, and its limits',
  description: 'Lists the callers that have a key now, or `anonymous` on a service without keys.',
  admin: true,
  responses: { 200: { description: 'The usage of each caller', body: usageListSchema } },
  problems: [],
  handler:
    ({ runs, keyRing }) =>
    async (_request, response) => {
      const names = keyRing.current()?.map(({ caller }) => caller) ?? [ANONYMOUS];
      const callers = [...new Set(names)].toSorted();
      const usage = callers.map(async (caller) =>
        toUsage(caller, runs.limitsOf(caller), await runs.usage(caller)),
      );
      response.set('Cache-Control', 'no-store').json({ callers: await Promise.all(usage) });
    },
});
