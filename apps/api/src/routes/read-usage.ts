import { type Usage, usageSchema } from '@codegen/contract';
import type { CallerLimits, CallerUsage } from '@codegen/queue';
import { defineRoute } from '../http/route.ts';
import { nextDay, nextMonth } from '../http/submission.ts';
import { callerIn } from '../middleware/callers.ts';

export const readUsage = defineRoute({
  id: 'readUsage',
  method: 'get',
  path: '/usage',
  tag: 'Service',
  summary: 'What you have used, and your limits',
  responses: { 200: { description: 'The usage of the caller', body: usageSchema } },
  problems: [],
  handler:
    ({ runs }) =>
    async (_request, response) => {
      const caller = callerIn(response);
      const usage = toUsage(caller, runs.limitsOf(caller), await runs.usage(caller));
      response.set('Cache-Control', 'no-store').json(usage);
    },
});

export function toUsage(caller: string, limits: CallerLimits, used: CallerUsage, now = new Date()): Usage {
  const reset = used.requests && new Date(now.getTime() + used.requests.resetsInSeconds * 1_000);
  return {
    caller,
    requestsPerMinute: {
      used: used.requests?.used ?? null,
      max: limits.requestsPerMinute ?? null,
      resetsAt: reset?.toISOString() ?? null,
    },
    openJobs: { used: used.openJobs, max: limits.openJobs ?? null, resetsAt: null },
    usdPerDay: {
      used: used.usdToday,
      max: limits.usdPerDay ?? null,
      resetsAt: nextDay(now).toISOString(),
    },
    usdPerMonth: {
      used: used.usdThisMonth,
      max: limits.usdPerMonth ?? null,
      resetsAt: nextMonth(now).toISOString(),
    },
  };
}
