import type { RunEvent } from '@codegen/pipeline';
import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { createPoller } from '../redis/poller.ts';

/** An event of a run with its position in the run's sequence, which starts at 1 and has no gaps. */
export interface LoggedEvent {
  readonly sequence: number;
  /** Null if the events up to this one are no longer stored: read the run instead. */
  readonly event: RunEvent | null;
  /** US dollars; null if unknown. */
  readonly costSoFar: number | null;
}

export interface EventSubscriber extends Disposable {
  /** Sequence number of the last event read; the owner updates it. */
  last: number;
  /** Resolves once there may be new events since the last time it resolved, or the subscription is aborted. */
  whenNotified(): Promise<void>;
  notify(): void;
}

export type EventSubscribers = ReturnType<typeof createEventSubscribers>;

/** Interval at which runs with subscribers are checked, in case Redis lost the run or a message, in ms. */
const POLL_MS = 5_000;

/**
 * The subscribers of runs in this process, notified through the Redis channel of each run. One periodic check per run
 * serves all its subscribers.
 */
export function createEventSubscribers(
  redis: Connection,
  subscriptions: Connection,
  keys: Keys,
  pollMs = POLL_MS,
) {
  const byRun = new Map<string, Set<EventSubscriber>>();
  const channelPrefix = keys.eventChannel('');
  subscriptions.on('message', (channel: string) => {
    if (channel.startsWith(channelPrefix)) notify(channel.slice(channelPrefix.length));
  });

  const notify = (id: string, isWanted: (subscriber: EventSubscriber) => boolean = () => true) => {
    for (const subscriber of byRun.get(id) ?? []) if (isWanted(subscriber)) subscriber.notify();
  };

  const check = async (ids: readonly string[]) => {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hmget(keys.run(id), 'createdAt', 'events', 'finishedAt');
    const replies = (await pipeline.exec()) ?? [];
    for (const [index, [error, fields]] of replies.entries()) {
      if (error !== null) throw error;
      const [createdAt, events, finishedAt] = fields as (string | null)[];
      const isFinished = createdAt === null || finishedAt !== null;
      notify(ids[index] ?? '', ({ last }) => isFinished || Number(events ?? 0) !== last);
    }
  };
  const poller = createPoller(() => byRun.keys(), check, pollMs);
  const channels = () => Array.from(byRun.keys(), (id) => keys.eventChannel(id));
  void keepSubscribed(subscriptions, channels, poller.pollNow);
  // Either connection may be the last to return.
  redis.on('ready', poller.pollNow);

  return {
    /** Notifies the subscriber once no later event can be missed, on each event, and when `signal` aborts. */
    subscribe(id: string, last: number, signal: AbortSignal): EventSubscriber {
      const subscribers = byRun.get(id) ?? new Set();
      byRun.set(id, subscribers);
      const subscriber = createSubscriber(last, () => {
        signal.removeEventListener('abort', subscriber.notify);
        subscribers.delete(subscriber);
        if (subscribers.size > 0 || byRun.get(id) !== subscribers) return;
        byRun.delete(id);
        subscriptions.unsubscribe(keys.eventChannel(id)).catch(() => {});
      });
      subscribers.add(subscriber);
      signal.addEventListener('abort', subscriber.notify);
      // Also with other subscribers present: their SUBSCRIBE may not have been answered yet.
      subscriptions.subscribe(keys.eventChannel(id)).then(subscriber.notify, subscriber.notify);
      return subscriber;
    },
    close: poller.close,
  };
}

function createSubscriber(last: number, dispose: () => void): EventSubscriber {
  let isNotified = false;
  let resolveWaiting: (() => void) | null = null;
  return {
    last,
    notify() {
      isNotified = resolveWaiting === null;
      resolveWaiting?.();
      resolveWaiting = null;
    },
    whenNotified: () =>
      new Promise((resolve) => {
        if (isNotified) resolve();
        else resolveWaiting = resolve;
        isNotified = false;
      }),
    [Symbol.dispose]: dispose,
  };
}

/** Yields the events of a run after a sequence number; 0 is before the first. */
export type FollowRun = (
  id: string,
  after: number,
  signal: AbortSignal,
) => AsyncGenerator<LoggedEvent, void, undefined>;

const PAGE = 100;

interface Page {
  readonly events: readonly (LoggedEvent & { readonly event: RunEvent })[];
  readonly exists: boolean;
  readonly lastEvent: number;
  readonly isFinished: boolean;
}

/**
 * Reads stored events and then new ones, one page in memory at a time. Ends with the run, when the run is gone or when
 * `signal` aborts. Waits while Redis is unavailable.
 */
export function createFollowRun(redis: Connection, subscribers: EventSubscribers, keys: Keys): FollowRun {
  /** Reads the next page and the state of the run in one round trip; null while Redis is unavailable. */
  const readPage = async (id: string, after: number): Promise<Page | null> => {
    const replies = await redis
      .pipeline()
      // Stream ids are n-0, so n-1 is the position right after one.
      .xrange(keys.eventStream(id), `${after}-1`, '+', 'COUNT', PAGE)
      .hmget(keys.run(id), 'conversation', 'events', 'finishedAt')
      .exec()
      .catch(() => null);
    if (replies === null || replies.some(([error]) => error !== null)) return null;
    const [entries, [conversation, count, finishedAt]] = replies.map(([, reply]) => reply) as [
      [id: string, fields: string[]][],
      (string | null)[],
    ];
    return {
      events: entries.map(readEntry).filter(({ sequence }) => sequence > after),
      exists: conversation !== null,
      lastEvent: Number(count ?? 0),
      isFinished: finishedAt !== null,
    };
  };

  /** False if `last` is beyond the last event of the run, or the stream with the events after it is gone. */
  const hasEventsAfter = async (id: string, { events, lastEvent }: Page, last: number) =>
    last < lastEvent && (events.length > 0 || (await readPage(id, last))?.events.length !== 0);

  return async function* follow(id, after, signal) {
    using subscriber = subscribers.subscribe(id, after, signal);
    while (!signal.aborted) {
      const page = await readPage(id, subscriber.last);
      if (page === null) {
        await subscriber.whenNotified();
        continue;
      }
      const hasEnded = yield* yieldPage(page, subscriber, signal);
      const { last } = subscriber;
      if (hasEnded || !page.exists || (page.isFinished && last === page.lastEvent)) return;
      if (last === page.lastEvent) await subscriber.whenNotified();
      else if (!(await hasEventsAfter(id, page, last))) yield skipTo(subscriber, page.lastEvent);
    }
  };
}

/** Yields the events of a page, after a gap if earlier events are gone. @returns true after an abort or the last event */
async function* yieldPage(
  { events }: Page,
  subscriber: EventSubscriber,
  signal: AbortSignal,
): AsyncGenerator<LoggedEvent, boolean, undefined> {
  const [first] = events;
  if (first !== undefined && first.sequence > subscriber.last + 1)
    yield skipTo(subscriber, first.sequence - 1);
  for (const logged of events) {
    if (signal.aborted) return true;
    yield logged;
    subscriber.last = logged.sequence;
    if (logged.event.type === 'job.finished') return true;
  }
  return false;
}

/** The gap up to a sequence number. */
function skipTo(subscriber: EventSubscriber, sequence: number): LoggedEvent {
  subscriber.last = sequence;
  return { sequence, event: null, costSoFar: null };
}

function readEntry([id, fields]: [id: string, fields: string[]]): LoggedEvent & { event: RunEvent } {
  const [, event = '', , cost] = fields;
  const sequence = Number(id.slice(0, id.indexOf('-')));
  return { sequence, event: JSON.parse(event), costSoFar: cost ? Number(cost) : null };
}
