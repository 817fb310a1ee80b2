import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { persist } from '../redis/persist.ts';
import { loadScripts } from '../redis/scripts.ts';

/** Milliseconds between looks at what is held, in case a message was lost with a connection. */
const RECHECK_MS = 10_000;

export interface Holds {
  /** Of every model that is to be left alone: until when, ms since 1970. */
  readonly current: ReadonlyMap<string, number>;
  /** Resolves when that is known which others had found before. */
  readonly known: Promise<void>;
  /** Starts a cooldown of a model for all workers, or extends it. @param until ms since 1970 */
  extend(model: string, until: number): Promise<void>;
  close(): void;
}

/** Which models are to be left alone, as all workers have found; told to each process as it happens. */
export function openHolds(redis: Connection, subscriber: Connection, keys: Keys): Holds {
  const current = new Map<string, number>();
  const hold = (model: string, until: number) => {
    current.set(model, Math.max(until, current.get(model) ?? 0));
  };
  subscriber.on('message', (channel: string, message: string) => {
    const [until = '', model = ''] = message.split(/ (.*)/s);
    if (channel === keys.held) hold(model, Number(until));
  });
  const look = () =>
    redis.hgetall(keys.cooldowns).then(
      (held) => {
        for (const [model, until] of Object.entries(held)) hold(model, Number(until));
      },
      () => {},
    );
  const known = keepSubscribed(subscriber, () => [keys.held], look);
  const timer = setInterval(look, RECHECK_MS).unref();
  const scripts = loadScripts(redis, ['extendCooldown']);
  return {
    current,
    known,
    async extend(model, until) {
      await persist(() => scripts.extendCooldown([keys.cooldowns], [model, until, keys.held]));
    },
    close: () => clearInterval(timer),
  };
}
