import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts, writeWithRetry } from '../redis/scripts.ts';

/** Interval at which stored cooldowns are read, in case a message was lost, in ms. */
const POLL_MS = 10_000;

/** Cooldowns of models, shared by all workers: Redis stores them and publishes each change. */
export function createCooldowns(redis: Connection, subscriptions: Connection, keys: Keys) {
  const scripts = loadScripts(redis, ['extendCooldown']);
  const current = new Map<string, number>();
  const apply = (model: string, until: number) => {
    current.set(model, Math.max(until, current.get(model) ?? 0));
  };
  subscriptions.on('message', (channel: string, message: string) => {
    const [until = '', model = ''] = message.split(/ (.*)/s);
    if (channel === keys.cooldownChanges) apply(model, Number(until));
  });
  const poll = async () => {
    const stored = await redis.hgetall(keys.cooldowns).catch(() => ({}));
    for (const [model, until] of Object.entries(stored)) apply(model, Number(until));
  };
  const ready = keepSubscribed(subscriptions, () => [keys.cooldownChanges], poll);
  const timer = setInterval(poll, POLL_MS).unref();
  return {
    /** End of each model's cooldown, ms since 1970; may be past. */
    current: current as ReadonlyMap<string, number>,
    /** Resolves when the stored cooldowns are read. */
    ready,
    /** Starts the cooldown of a model, or extends it. @param until ms since 1970 */
    async extend(model: string, until: number) {
      const args = [model, until, keys.cooldownChanges];
      await writeWithRetry(() => scripts.extendCooldown([keys.cooldowns], args));
    },
    close: () => clearInterval(timer),
  };
}
