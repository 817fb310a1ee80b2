import { causeOf, type Failure, type Unavailability } from '@codegen/pipeline';
import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts, writeWithRetry } from '../redis/scripts.ts';

/** Interval at which stored cooldowns are read, in case a message was lost, in ms. */
const POLL_MS = 10_000;

/** Longest cooldown in ms, whatever the model server asks for. A limit per day can last a day. */
const MAX_COOLDOWN_MS = 3_600_000;
const MAX_DAILY_COOLDOWN_MS = 24 * MAX_COOLDOWN_MS;

/** Difference between the clocks of Redis and of workers that is accepted, in ms. */
const CLOCK_SKEW_MS = 60_000;

const MAX_CAUSE_CHARS = 300;

/** Cause of a cooldown that is stored without one. */
const UNKNOWN_CAUSE = 'rate-limited';

interface Parts {
  readonly redis: Connection;
  readonly subscriptions: Connection;
  readonly keys: Keys;
  readonly now: () => number;
}

/** `<model> @<account>`, without an account if it is empty. */
const nameOf = (account: string, model: string) => (account === '' ? model : `${model} @${account}`);

/** The model of a stored cooldown. */
export const modelOf = (name: string) => name.replace(/ @\S+$/, '');

/** Cooldowns of the models of accounts, shared by all workers: Redis stores them and publishes each change. */
export function createCooldowns({ redis, subscriptions, keys, now }: Parts) {
  const scripts = loadScripts(redis, 'models', ['extendCooldown']);
  const current = new Map<string, Unavailability>();
  let messages = 0;

  const apply = (model: string, until: number, cause: string) => {
    // Nobody asked for a longer one: a wrong clock or an older version wrote it.
    const isPossible = until > now() && until <= now() + MAX_DAILY_COOLDOWN_MS + CLOCK_SKEW_MS;
    if (isPossible && until >= (current.get(model)?.until ?? 0)) current.set(model, { until, cause });
  };
  const poll = async () => {
    const sentAfter = messages;
    const stored = await readStored().catch(() => null);
    if (stored === null) return;
    // A message that arrived after the command was sent may be newer than the reply.
    if (messages === sentAfter) current.clear();
    for (const [model, until, cause] of stored) apply(model, until, cause);
  };
  async function readStored() {
    const ends = Object.entries(await redis.hgetall(keys.cooldowns));
    const causes = ends.length === 0 ? {} : await redis.hgetall(keys.cooldownCauses);
    return ends.map(([model, until]) => [model, Number(until), causes[model] ?? UNKNOWN_CAUSE] as const);
  }
  subscriptions.on('message', (channel: string, message: string) => {
    if (channel !== keys.cooldownChanges) return;
    messages++;
    const [until = '', model = ''] = message.split(/ (.*)/s);
    apply(model, Number(until), UNKNOWN_CAUSE);
    // Reads the cause.
    void poll();
  });
  const ready = keepSubscribed(subscriptions, () => [keys.cooldownChanges], poll);
  const timer = setInterval(poll, POLL_MS).unref();

  return {
    /** The cooldown of a model; may be over. */
    get: (account: string, model: string): Unavailability | undefined => current.get(nameOf(account, model)),
    /** Resolves when the stored cooldowns are read. */
    ready,
    /** Starts the cooldown of a model, or extends it, if the failure states a time to wait. */
    async extend(account: string, model: string, failure: Failure) {
      const ms = cooldownMs(failure);
      if (ms === 0) return;
      const cause = causeOf(failure).slice(0, MAX_CAUSE_CHARS).toWellFormed();
      const args = [nameOf(account, model), ms, cause, keys.cooldownChanges, MAX_DAILY_COOLDOWN_MS];
      await writeWithRetry(() => scripts.extendCooldown([keys.cooldowns, keys.cooldownCauses], args));
    },
    close: () => clearInterval(timer),
  };
}

/** Duration of the cooldown after a failure, in ms; 0 for none. */
function cooldownMs({ retryAfterMs = 0, isDailyLimit = false }: Failure): number {
  const max = isDailyLimit ? MAX_DAILY_COOLDOWN_MS : MAX_COOLDOWN_MS;
  return retryAfterMs > 0 ? Math.ceil(Math.min(retryAfterMs, max)) : 0;
}
