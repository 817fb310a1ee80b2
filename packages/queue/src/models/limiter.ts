import { type Limit, limitsOn } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { persist } from '../redis/persist.ts';
import { defineScripts } from '../redis/scripts.ts';

export interface Limiter {
  /**
   * Takes a place for a call of a model. 0 if there is one, else milliseconds until there may be. Costs nothing for a
   * model without limits, else one round trip.
   */
  take(model: string): Promise<number>;
}

const SPAN_MS = { min: 60_000, day: 86_400_000 };

/** Milliseconds over which those who wait for places come back at most. */
const LONGEST_SPREAD_MS = 50_000;

const SCRIPTS = {
  /**
   * The last calls under each limit, and those it turned away of late | per limit: calls, ms, 1 if its times begin with
   * the clock (a day) and 0 if any ms count, ms over which to spread
   * → per limit: ms until a place is free, ms to spread over. All 0 if one was free in each, which is taken.
   */
  place: {
    keys: 'any',
    lua: `
      local time = redis.call('TIME')
      local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
      local answer, is_free = {}, true
      local function opening(calls, most, span, by_clock)
        local nth = tonumber(redis.call('LINDEX', calls, most - 1) or '0')
        local from = by_clock and now - now % span or now - span + 1
        if nth < from then return 0 end
        return (by_clock and from or nth) + span - now
      end
      for i = 1, #KEYS / 2 do
        local most, span, spread = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i])
        local wait = opening(KEYS[2 * i - 1], most, span, ARGV[4 * i - 1] == '1')
        answer[2 * i - 1], answer[2 * i] = wait, 0
        if wait > 0 then
          is_free = false
          local turned_away = redis.call('INCR', KEYS[2 * i])
          redis.call('PEXPIRE', KEYS[2 * i], spread)
          answer[2 * i] = math.floor(spread * math.min(1, (turned_away - 1) / most))
        end
      end
      if is_free then
        for i = 1, #KEYS / 2 do
          local calls, most, span = KEYS[2 * i - 1], tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
          redis.call('LPUSH', calls, string.format('%.0f', now))
          redis.call('LTRIM', calls, 0, most - 1)
          redis.call('PEXPIRE', calls, span)
        end
      end
      return answer`,
  },
} as const;

/** Counts calls by the clock of Redis, for all workers with the same account. */
export function openLimiter(
  redis: Connection,
  keys: Keys,
  { account, limits, random }: { account: string; limits: readonly Limit[]; random: () => number },
): Limiter {
  const scripts = defineScripts(redis, SCRIPTS);
  return {
    async take(model) {
      const own = limitsOn(limits, model);
      if (own.length === 0) return 0;
      const names = own.flatMap(({ of, per }) => keys.calls(account, of, per));
      const args = own.flatMap(({ most, per }) => {
        return [most, SPAN_MS[per], per === 'day' ? 1 : 0, Math.min(SPAN_MS[per], LONGEST_SPREAD_MS)];
      });
      const answer = (await persist(() => scripts.place(names, args))) as number[];
      return Math.max(
        ...own.map((_, i) => {
          const [wait = 0, spread = 0] = answer.slice(2 * i);
          // Were all who wait to come at once, all but one of them would come in vain.
          return Math.ceil(wait + spread * random());
        }),
      );
    },
  };
}
