import { type Limit, limitsOn } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { persist } from '../redis/persist.ts';
import { loadScripts } from '../redis/scripts.ts';

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

/** Counts calls by the clock of Redis, for all workers with the same account. */
export function openLimiter(
  redis: Connection,
  keys: Keys,
  { account, limits, random }: { account: string; limits: readonly Limit[]; random: () => number },
): Limiter {
  const scripts = loadScripts(redis, ['acquireCallSlot']);
  return {
    async take(model) {
      const own = limitsOn(limits, model);
      if (own.length === 0) return 0;
      const names = own.flatMap(({ of, per }) => keys.calls(account, of, per));
      const args = own.flatMap(({ most, per }) => {
        return [most, SPAN_MS[per], per === 'day' ? 1 : 0, Math.min(SPAN_MS[per], LONGEST_SPREAD_MS)];
      });
      const answer = (await persist(() => scripts.acquireCallSlot(names, args))) as number[];
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
