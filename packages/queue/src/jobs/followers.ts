import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { openRounds } from '../redis/rounds.ts';
import { keepSubscribed } from '../redis/subscription.ts';

/** Somebody who follows a run, has read up to `last` and wants to know when there may be more. */
export interface Follower extends Disposable {
  last: number;
  /** Resolves when there may be more than was there when it last did; at once if that is so already. */
  more(): Promise<void>;
  wake(): void;
}

export interface Followers {
  /** It is woken when it can miss nothing that is told from then on, and when `signal` aborts. */
  follow(id: string, last: number, signal: AbortSignal): Follower;
  close(): void;
}

/** Milliseconds between looks at a run that is followed, in case a message was lost; those of a connection are looked for at once. */
const RECHECK_MS = 10_000;

/**
 * Whoever in this process follows a run, woken by the run's channel. One look per run, now and then, serves all its
 * followers: thousands that follow runs in which nothing happens cost next to nothing.
 */
export function openFollowers(
  redis: Connection,
  subscriber: Connection,
  keys: Keys,
  recheckMs = RECHECK_MS,
): Followers {
  const byRun = new Map<string, Set<Follower>>();
  const told = keys.told('');
  const wakeAll = (id: string) => {
    for (const follower of byRun.get(id) ?? []) follower.wake();
  };
  subscriber.on('message', (channel: string) => {
    if (channel.startsWith(told)) wakeAll(channel.slice(told.length));
  });

  const look = async (ids: readonly string[]) => {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hmget(keys.run(id), 'createdAt', 'events', 'finishedAt');
    const answers = (await pipeline.exec()) ?? [];
    for (const [index, [error, fields]] of answers.entries()) {
      if (error !== null) throw error;
      const [createdAt, events, finishedAt] = fields as (string | null)[];
      const isOver = createdAt === null || finishedAt !== null;
      for (const follower of byRun.get(ids[index] ?? '') ?? [])
        if (isOver || Number(events ?? 0) !== follower.last) follower.wake();
    }
  };
  const rounds = openRounds(() => byRun.keys(), look, recheckMs);
  const channels = () => Array.from(byRun.keys(), (id) => keys.told(id));
  void keepSubscribed(subscriber, channels, rounds.hurry);
  // Either connection may be the last that is back.
  redis.on('ready', rounds.hurry);

  return {
    follow(id, last, signal) {
      const followers = byRun.get(id) ?? new Set();
      byRun.set(id, followers);
      const follower = followerFrom(last, () => {
        signal.removeEventListener('abort', follower.wake);
        followers.delete(follower);
        if (followers.size > 0) return;
        byRun.delete(id);
        subscriber.unsubscribe(keys.told(id)).catch(() => {});
      });
      followers.add(follower);
      signal.addEventListener('abort', follower.wake);
      // Also if somebody else has done so: until it is answered, that may still be on its way.
      subscriber.subscribe(keys.told(id)).then(follower.wake, follower.wake);
      return follower;
    },
    close: rounds.close,
  };
}

function followerFrom(last: number, leave: () => void): Follower {
  let isAwake = false;
  let waiting: (() => void) | null = null;
  const wake = () => {
    isAwake = waiting === null;
    waiting?.();
    waiting = null;
  };
  return {
    last,
    wake,
    more: () =>
      new Promise((resolve) => {
        if (!isAwake) waiting = resolve;
        else resolve();
        isAwake = false;
      }),
    [Symbol.dispose]: leave,
  };
}
