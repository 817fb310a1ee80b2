import type { RunEvent } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import type { Followers } from './followers.ts';

/** An event of a run as it is told: `sequence` is the run's own, without holes. */
export interface LoggedEvent {
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
  follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<LoggedEvent, void, undefined>;
}

const PAGE = 100;

export function openRunLog(redis: Connection, followers: Followers, keys: Keys): RunLog {
  /** What is next, and how the run stands after that; null while Redis is away. In one round trip. */
  const look = async (id: string, after: number) => {
    const answers = await redis
      .pipeline()
      // Ids are n-0, so n-1 is the first place after one.
      .xrange(keys.log(id), `${after}-1`, '+', 'COUNT', PAGE)
      .hmget(keys.run(id), 'conversation', 'events', 'finishedAt')
      .exec()
      .catch(() => null);
    if (answers === null || answers.some(([error]) => error !== null)) return null;
    const [entries, [conversation, count, finishedAt]] = answers.map(([, answer]) => answer) as [
      [id: string, fields: string[]][],
      (string | null)[],
    ];
    return {
      events: entries.map(toldOf).filter(({ sequence }) => sequence > after),
      exists: conversation !== null,
      told: Number(count ?? 0),
      isFinished: finishedAt !== null,
    };
  };

  return {
    async *follow(id, after, signal) {
      using follower = followers.follow(id, after, signal);
      const skipTo = (sequence: number): LoggedEvent => {
        follower.last = sequence;
        return { sequence, event: null, costSoFar: null };
      };
      while (!signal.aborted) {
        const seen = await look(id, follower.last);
        if (seen !== null) {
          const [first] = seen.events;
          if (first !== undefined && first.sequence > follower.last + 1) yield skipTo(first.sequence - 1);
          for (const told of seen.events) {
            if (signal.aborted) return;
            yield told;
            follower.last = told.sequence;
            if (told.event.type === 'job.finished') return;
          }
          const { last } = follower;
          if (!seen.exists || (seen.isFinished && last === seen.told)) return;
          if (last !== seen.told) {
            // More than a page, or told since. Or else a point that never was, or a log that is gone: whatever comes
            // next follows from how the run stands.
            const isThere =
              last < seen.told && (seen.events.length > 0 || (await look(id, last))?.events.length !== 0);
            if (!isThere) yield skipTo(seen.told);
            continue;
          }
        }
        await follower.more();
      }
    },
  };
}

/** The event of an entry, and what the run had cost by then. */
function toldOf([id, fields]: [id: string, fields: string[]]): LoggedEvent & { event: RunEvent } {
  const [, event = '', , cost] = fields;
  const sequence = Number(id.slice(0, id.indexOf('-')));
  return { sequence, event: JSON.parse(event), costSoFar: cost ? Number(cost) : null };
}
