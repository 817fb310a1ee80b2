import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '@codegen/pipeline';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';

/** An event of a run as it is told: `sequence` is the run's own, without holes. */
export interface Told {
  readonly sequence: number;
  /** Null: events before this one are not kept any more, and the run should be read as it stands instead. */
  readonly event: RunEvent | null;
  /** US dollars; null if nothing is known. */
  readonly costSoFar: number | null;
}

export interface RunLog {
  /**
   * What happened after a point of the run's sequence, and then what happens, to the end of the run. Reads as fast as
   * it is read, holding one page; ends also if the run is gone or `signal` aborts. While Redis is away it waits.
   */
  follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<Told, void, undefined>;
}

const PAGE = 100;
/** Milliseconds between looks, in case a message was lost with a connection. */
const RECHECK_MS = 2_000;

export function openRunLog(redis: Connection, subscriber: Connection, keys: Keys): RunLog {
  const followers = new Map<string, Set<() => void>>();
  subscriber.on('message', (channel: string) => {
    for (const wake of followers.get(channel) ?? []) wake();
  });

  /** Something that resolves when there may be more, from now on. */
  function listen(id: string) {
    const channel = keys.told(id);
    const wakes = followers.get(channel) ?? new Set();
    if (wakes.size === 0) subscriber.subscribe(channel).catch(() => {});
    let next = Promise.withResolvers<void>();
    const wake = () => next.resolve();
    followers.set(channel, wakes.add(wake));
    return {
      async more(signal: AbortSignal) {
        const over = new AbortController();
        await Promise.race([
          next.promise,
          sleep(RECHECK_MS, undefined, { signal: AbortSignal.any([signal, over.signal]) }),
        ])
          .catch(() => {})
          .finally(() => over.abort());
        next = Promise.withResolvers();
      },
      [Symbol.dispose]() {
        wakes.delete(wake);
        if (wakes.size > 0) return;
        followers.delete(channel);
        subscriber.unsubscribe(channel).catch(() => {});
      },
    };
  }

  const page = async (id: string, after: number) => {
    // Ids are n-0, so n-1 is the first place after one.
    const entries = await redis.xrange(keys.log(id), `${after}-1`, '+', 'COUNT', PAGE);
    return entries.map(([entry, [, event = '', , cost = '']]): Told & { event: RunEvent } => ({
      sequence: Number(entry.slice(0, entry.indexOf('-'))),
      event: JSON.parse(event),
      costSoFar: cost === '' ? null : Number(cost),
    }));
  };

  return {
    async *follow(id, after, signal) {
      let last = after;
      using listener = listen(id);
      while (!signal.aborted) {
        try {
          const events = await page(id, last);
          const [first] = events;
          if (first !== undefined && first.sequence > last + 1) {
            last = first.sequence - 1;
            yield { sequence: last, event: null, costSoFar: null };
          }
          for (const told of events) {
            if (signal.aborted) return;
            yield told;
            last = told.sequence;
            if (told.event.type === 'job.finished') return;
          }
          if (events.length > 0) continue;
          const [conversation, count, settledAt] = await redis.hmget(
            keys.run(id),
            'conversation',
            'events',
            'settledAt',
          );
          const told = Number(count ?? 0);
          if (conversation == null || (settledAt != null && last === told)) return;
          // Told in between the two looks.
          if (last < told && (await page(id, last)).length > 0) continue;
          if (last !== told) {
            // A point that never was, or a log that is gone: whatever comes next follows from how the run stands.
            last = told;
            yield { sequence: last, event: null, costSoFar: null };
            continue;
          }
        } catch {
          // Redis is away: the next look tells.
        }
        await listener.more(signal);
      }
    },
  };
}
