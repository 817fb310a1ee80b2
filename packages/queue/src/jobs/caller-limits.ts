import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import type { RateLimit } from './rate-limit.ts';

/** Limits of a caller. A missing one is that of the service, or unlimited. */
export interface CallerLimits {
  /** Requests per minute that may start a run. */
  readonly requestsPerMinute?: number | undefined;
  /** Runs that have not finished. */
  readonly openJobs?: number | undefined;
  /** US dollars per day and per month, both UTC. */
  readonly usdPerDay?: number | undefined;
  readonly usdPerMonth?: number | undefined;
  /** Runs per turn, compared to one of other callers. */
  readonly priority?: number | undefined;
}

export type LimitsOf = (caller: string) => CallerLimits;

/** What a caller has used. */
export interface CallerUsage {
  /** Requests in the current minute, which begins with the first; null without a limit, because nothing counts them. */
  readonly requests: { readonly used: number; readonly resetsInSeconds: number } | null;
  readonly openJobs: number;
  /** US dollars since midnight and since the first of the month, UTC, as far as model servers reported them. */
  readonly usdToday: number;
  readonly usdThisMonth: number;
}

const DAY_MS = 86_400_000;

/** Days since 1970 of a time in ms since 1970, and of the first of its month, UTC. */
export function daysOf(now: number) {
  const date = new Date(now);
  const firstOfMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return { today: Math.floor(now / DAY_MS), firstOfMonth: Math.floor(firstOfMonth / DAY_MS) };
}

/** Reads what callers have used. */
export function createUsageReader(redis: Connection, keys: Keys, rate: RateLimit) {
  return async (caller: string, { requestsPerMinute }: CallerLimits): Promise<CallerUsage> => {
    const now = Date.now();
    const { today, firstOfMonth } = daysOf(now);
    const [openJobs, spent, requests] = await Promise.all([
      redis.zcount(keys.openOf(caller), Math.floor(now / 1_000), '+inf'),
      redis.hgetall(keys.spent(caller)),
      requestsPerMinute === undefined ? null : rate.read(caller),
    ]);
    const days = Object.entries(spent).map(([day, usd]) => [Number(day), Number(usd)] as const);
    const since = (first: number) => days.reduce((sum, [day, usd]) => (day >= first ? sum + usd : sum), 0);
    return { requests, openJobs, usdToday: since(today), usdThisMonth: since(firstOfMonth) };
  };
}

/** Refuses new runs of all callers, or accepts them again. */
export async function setIntake(redis: Connection, { intakePaused }: Keys, state: 'paused' | 'open') {
  if (state === 'open') await redis.del(intakePaused);
  else await redis.set(intakePaused, String(Date.now()), 'NX');
}
