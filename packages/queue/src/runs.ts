import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Conversation, finishEarly, type Graph, type Sample } from '@codegen/pipeline';
import type { QueueOptions } from './config.ts';
import { openFlows } from './flow/flow.ts';
import { queuesOf } from './flow/queues.ts';
import { createFinishedRuns } from './jobs/finished-runs.ts';
import { openRateLimit, type Quota } from './jobs/rate-limit.ts';
import { createEventSubscribers, createFollowRun, type FollowRun } from './jobs/run-events.ts';
import { listRuns, type RunFilter, type RunPage } from './jobs/run-list.ts';
import { createRunStore, type RunCursor } from './jobs/run-store.ts';
import { readHistory } from './jobs/stage-history.ts';
import type { StoredRun } from './jobs/stored-run.ts';
import { ANONYMOUS, type Submission, type SubmitOptions } from './jobs/submission.ts';
import { type Attendance, openAttendance, openSweep } from './presence/attendance.ts';
import { countWorkers } from './presence/presence.ts';
import { connectBlocking, connectFailFast, troubleOf } from './redis/connection.ts';
import { keysOf } from './redis/keys.ts';
import { openOutbox } from './webhooks/outbox.ts';
import { openWebhookStore } from './webhooks/webhook-store.ts';

/** Redis is away or does not answer in time; the same call may succeed shortly. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

/** Milliseconds a start waits for Redis. */
const CONNECT_MS = 1_500;

const SWEEP_MS = 1_000;

/** The client's side of the queue: starts runs, reads them, waits for them. */
export interface Runs extends AsyncDisposable {
  /** Resolves when Redis is connected, or after a moment without it: everything else works or fails at once by itself. */
  connected(): Promise<void>;
  /** Starts a run, unless one stands for the request already. @throws QueueUnavailable, after which no run was started. */
  submit(conversation: Conversation, about?: SubmitOptions): Promise<Submission>;
  /** Counts a request of a caller's that may start a run; null where any number is allowed. @throws QueueUnavailable */
  countStart(caller: string): Promise<Quota | null>;
  /** Starts a run of nobody's and returns its id. @throws QueueUnavailable */
  create(conversation: Conversation): Promise<string>;
  /** @throws QueueUnavailable */
  load(id: string): Promise<StoredRun | null>;
  /** A page of a caller's runs, the newest first. @throws QueueUnavailable */
  list(caller: string, filter: RunFilter, before: RunCursor | null, most: number): Promise<RunPage>;
  /** Removes a run that has ended with all that is kept of it. False if it has not. @throws QueueUnavailable */
  remove(id: string, caller: string): Promise<boolean>;
  /**
   * Resolves true when the run is settled, false when `signal` aborts first; never rejects. `known` spares a look where
   * it is being found out already whether the run is settled.
   */
  finished(id: string, signal: AbortSignal, known?: Promise<boolean>): Promise<boolean>;
  /** Tells what happened to a run and what happens, from a point of its own sequence on; 0 is the beginning. */
  follow: FollowRun;
  /** Ends a run that has not ended: its calls are aborted, its queued stages never start. False if it was over. */
  cancel(id: string): Promise<boolean>;
  /**
   * Ends a run with the best code it has so far; whatever of it goes on is stopped as if it were cancelled.
   * @returns `over` if it had ended before or is gone, `nothing` if it has no code yet. @throws QueueUnavailable
   */
  accept(id: string): Promise<'finished' | 'over' | 'nothing'>;
  /** Counts somebody in who is connected and waits for a run, so that it is known when the last one has left. */
  registerClient: Attendance['registerClient'];
  /** What each stage took lately, by its name, the newest first. @throws QueueUnavailable */
  history(): Promise<Readonly<Record<string, readonly Sample[]>>>;
  /** Tells the end of a run to its webhook again. False if it has none or has not ended. @throws QueueUnavailable */
  redeliver(id: string): Promise<boolean>;
  /** How many workers of each queue have been heard of lately. @throws QueueUnavailable */
  workers(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export function createRuns(
  graph: Graph,
  {
    redisUrl,
    namespace,
    roleQueues = {},
    disconnectGraceSeconds = 10,
    sweepMs = SWEEP_MS,
    startsPerMinute,
    ...limits
  }: QueueOptions,
): Runs {
  const keys = keysOf(namespace);
  const redis = connectFailFast(redisUrl);
  const subscriber = connectBlocking(redisUrl);
  const outbox = openOutbox(redis, keys);
  const store = createRunStore(graph, redis, keys, limits, outbox);
  const webhooks = openWebhookStore(redis, keys);
  const flows = openFlows(graph, redis, keys.prefix, roleQueues);
  const finishedRuns = createFinishedRuns(subscriber, keys, store.isFinished);
  const subscribers = createEventSubscribers(redis, subscriber, keys);
  const attendance = openAttendance(redis, keys, disconnectGraceSeconds * 1_000);
  const sweep = openSweep(redis, keys, store);
  const sweeping = setInterval(() => void sweep().catch(() => {}), sweepMs).unref();
  const countStart = startsPerMinute === undefined ? null : openRateLimit(redis, keys, startsPerMinute);

  // BullMQ waits for a connection that is down; whoever waits for us must be told at once.
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    if (redis.status !== 'ready')
      throw new QueueUnavailable('Redis is not connected', { cause: troubleOf(redis) });
    try {
      return await act();
    } catch (error) {
      throw new QueueUnavailable('Redis did not answer', { cause: error });
    }
  };

  return {
    async connected() {
      if (redis.status === 'ready') return;
      await once(redis, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) }).catch(() => {});
    },
    async submit(conversation, about = ANONYMOUS) {
      const run = { id: randomUUID(), conversation, seed: randomInt(2 ** 32), createdAt: Date.now() };
      return guarded(async () => {
        // Without its hash a run that was stored or queued all the same is nothing: its first stage ends it unasked. One
        // that has begun, or that the same request was given meanwhile, stays. Not awaited: a Redis that hangs would hold
        // up whoever waits to be told so. One connection keeps the order.
        const undo = () => void store.forget(run.id, about.caller, 'untouched').catch(() => {});
        const submission = await store.submit(run, about).catch((error) => {
          undo();
          throw error;
        });
        const { id, outcome } = submission;
        if (outcome === 'conflict' || outcome === 'full' || outcome === 'caller-limit-reached')
          return submission;
        // A run that stands for the request already may have lost its API before it was queued: adding it again, which
        // adds nothing if it was, mends that.
        if (outcome !== 'new' && !(await store.isNew(id))) return submission;
        try {
          await flows.start(id);
        } catch (error) {
          if (outcome === 'new') undo();
          throw error;
        }
        return submission;
      });
    },
    countStart: async (caller) => countStart && guarded(() => countStart(caller)),
    async create(conversation) {
      return (await this.submit(conversation)).id;
    },
    list: (caller, filter, before, most) => guarded(() => listRuns(store, caller, filter, before, most)),
    remove: (id, caller) =>
      guarded(async () => {
        const isRemoved = await store.forget(id, caller, 'finished');
        if (isRemoved) await flows.remove(id);
        return isRemoved;
      }),
    load: (id) => guarded(() => store.loadWithUsage(id)),
    finished: finishedRuns.wait,
    follow: createFollowRun(redis, subscribers, keys),
    cancel: (id) =>
      guarded(async () => (await store.finish(id, { status: 'cancelled' }, Date.now())) === 'finished'),
    accept: (id) =>
      guarded(async () => {
        const run = await store.load(id);
        if (run === null || run.outcome !== null) return 'over';
        const outcome = finishEarly(graph, run);
        if (outcome === null) return 'nothing';
        return (await store.finish(id, outcome, Date.now())) === 'finished' ? 'finished' : 'over';
      }),
    registerClient: attendance.registerClient,
    history: () => guarded(() => readHistory(graph, redis, keys)),
    redeliver: (id) => guarded(() => webhooks.redeliver(id, Date.now(), outbox)),
    workers: () =>
      guarded(async () => {
        const counts = queuesOf(roleQueues).map(async (queue) => [
          queue,
          await countWorkers(redis, keys, queue),
        ]);
        return Object.fromEntries(await Promise.all(counts));
      }),
    async close() {
      clearInterval(sweeping);
      attendance.close();
      subscribers.close();
      await finishedRuns.close();
      await flows.close();
      await outbox.close();
      redis.disconnect();
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
