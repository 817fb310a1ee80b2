import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Conversation, finishEarly, type Graph, reusableRecords, type Sample } from '@codegen/pipeline';
import type { QueueOptions } from './config.ts';
import { createFlows, queuesOf } from './flow/flow.ts';
import { createQueueStateReader, type QueueState } from './flow/queue-state.ts';
import { createAnswers } from './jobs/answers.ts';
import { type CallerLimits, type CallerUsage, createUsageReader, setIntake } from './jobs/caller-limits.ts';
import type { RunCursor } from './jobs/cursor.ts';
import { createFinishedRuns } from './jobs/finished-runs.ts';
import { createRateLimit, type Quota } from './jobs/rate-limit.ts';
import { createEventSubscribers, createFollowRun, type FollowRun } from './jobs/run-events.ts';
import { listRuns, type RunFilter, type RunPage } from './jobs/run-list.ts';
import { createRunStore } from './jobs/run-store.ts';
import { createStoredPrompts, type StoredPrompt } from './jobs/stored-prompts.ts';
import type { StoredRun } from './jobs/stored-run.ts';
import { ANONYMOUS, type NewRun, type Submission, type SubmitOptions } from './jobs/submission.ts';
import { createThreads, type Thread, type ThreadPage } from './jobs/threads.ts';
import { type ClientLeases, createAbandonmentScan, createClientLeases } from './presence/client-leases.ts';
import { countWorkers } from './presence/worker-heartbeats.ts';
import { createRedisClock } from './redis/clock.ts';
import { connectBlocking, connectFailFast, lastErrorOf } from './redis/connection.ts';
import { diagnose, type RedisDiagnosis } from './redis/diagnose.ts';
import { keysOf } from './redis/keys.ts';
import { createOutbox } from './webhooks/outbox.ts';

/** Redis is unavailable or did not reply in time; the same call may succeed shortly. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

/** Longest wait for the first connection to Redis, in ms. */
const CONNECT_MS = 1_500;

const ABANDONMENT_SCAN_MS = 1_000;

/** Lifetime of the key that shows that Redis accepts writes, in ms. */
const WRITE_PROBE_MS = 1;

/** The API's side of the queue. Methods throw `QueueUnavailable` while Redis is unavailable, unless noted. */
export interface Runs extends AsyncDisposable {
  /** Resolves when Redis is connected or after 1.5 s. Never rejects. */
  connected(): Promise<void>;
  /** Starts a run, unless an existing one answers the request. If it throws, no run was started. */
  submit(conversation: Conversation, options?: SubmitOptions): Promise<Submission>;
  /**
   * Starts a run with the request of a finished one. It takes over the records of the stages that do not depend on `from`.
   * @param request models that replace those of the finished run, by role, and the idempotency key
   * @returns null if `from` is no stage of the run
   */
  rerun(run: StoredRun, from: string, request: RerunRequest): Promise<Submission | null>;
  /** The stored prompts and raw answers of a run, in the order of the graph. */
  prompts(id: string): Promise<readonly StoredPrompt[]>;
  /** Counts a request of a caller that may start a run; null if there is no limit. */
  countStart(caller: string): Promise<Quota | null>;
  /** Refuses new runs until the intake is resumed. */
  setIntake(state: 'paused' | 'open'): Promise<void>;
  limitsOf(caller: string): CallerLimits;
  usage(caller: string): Promise<CallerUsage>;
  /** Starts a run of the anonymous caller and returns its id. */
  create(conversation: Conversation): Promise<string>;
  load(id: string): Promise<StoredRun | null>;
  /** A page of a caller's runs, newest first. */
  list(caller: string, filter: RunFilter, before: RunCursor | null, limit: number): Promise<RunPage>;
  /** Deletes everything stored about a finished run. False if the run has not finished. */
  remove(id: string, caller: string, threadId?: string): Promise<boolean>;
  /** A page of a caller's threads, those with the newest runs first. */
  threads(caller: string, before: RunCursor | null, limit: number): Promise<ThreadPage>;
  /** The newest 200 runs of a caller's thread; null if there is none. */
  thread(id: string, caller: string): Promise<Thread | null>;
  /** Deletes all runs of a caller's thread. False if one has not finished: then it deletes none. */
  removeThread(id: string, caller: string): Promise<boolean>;
  /**
   * Resolves true when the run is finished, false if `signal` aborts first. Never rejects.
   * @param known the pending answer whether the run is finished, which replaces the check before the wait
   */
  finished(id: string, signal: AbortSignal, known?: Promise<boolean>): Promise<boolean>;
  /** Remembers that a run gave the last answer of a conversation. @param conversation digest of caller and conversation */
  rememberAnswer(id: string, conversation: string): Promise<void>;
  /** The run that gave the last answer of a conversation, or null. It may be gone. */
  findAnswer(conversation: string): Promise<string | null>;
  /** Yields the stored and new events of a run after a sequence number. Waits while Redis is unavailable. */
  follow: FollowRun;
  /** Cancels a run: its calls are aborted, its queued stages never start. False if it had finished or is gone. */
  cancel(id: string): Promise<boolean>;
  /**
   * Finishes a run with its best code so far; its calls are aborted.
   * @returns `already-finished` if the run had finished or is gone, `no-code` if it has no code yet
   */
  accept(id: string): Promise<'finished' | 'already-finished' | 'no-code'>;
  /** Registers a connected client that waits for a run. Does not throw. */
  registerClient: ClientLeases['registerClient'];
  /** Recent samples of each stage, newest first. */
  samples(): Promise<Readonly<Record<string, readonly Sample[]>>>;
  /**
   * Starts a new delivery of a run's webhook. False if the run has no webhook, has not finished or is gone; ms to wait if
   * the last one is too recent.
   */
  redeliver(id: string): Promise<boolean | number>;
  /** Number of live workers of each queue. */
  workers(): Promise<Record<string, number>>;
  /** State of Redis. The error that is thrown if Redis refuses writes has Redis' own error as its cause. */
  diagnose(): Promise<RedisDiagnosis>;
  /** What all processes share, for monitoring. */
  state(): Promise<QueueState>;
  close(): Promise<void>;
}

interface RerunRequest extends Pick<SubmitOptions, 'requestId' | 'traceparent'> {
  readonly models: StoredRun['options']['models'];
  readonly idempotencyKey: string | null;
}

export function createRuns(
  graph: Graph,
  {
    redisUrl,
    namespace,
    roleQueues = {},
    disconnectGraceSeconds = 10,
    abandonmentScanMs = ABANDONMENT_SCAN_MS,
    startsPerMinute,
    contextTokens,
    onFinish,
    ...limits
  }: QueueOptions,
): Runs {
  const keys = keysOf(namespace);
  const redis = connectFailFast(redisUrl);
  const clock = createRedisClock(redis);
  const subscriptions = connectBlocking(redisUrl);
  const outbox = createOutbox(redis, keys);
  const store = createRunStore(graph, redis, keys, limits, outbox, onFinish);
  const threads = createThreads(redis, keys, store, contextTokens);
  const prompts = createStoredPrompts(graph, redis, keys);
  const answers = createAnswers(redis, keys);
  const flows = createFlows(graph, redis, keys.prefix, roleQueues);
  const finishedRuns = createFinishedRuns(subscriptions, keys, store.isOver);
  const subscribers = createEventSubscribers(redis, subscriptions, keys);
  const clientLeases = createClientLeases(redis, keys, disconnectGraceSeconds * 1_000);
  const cancelAbandonedRuns = createAbandonmentScan(redis, keys, store);
  const scanning = setInterval(() => void cancelAbandonedRuns().catch(() => {}), abandonmentScanMs).unref();
  const rateLimit = createRateLimit(redis, keys);
  const readUsage = createUsageReader(redis, keys, rateLimit);
  const limitsOf = (caller: string): CallerLimits => ({
    requestsPerMinute: startsPerMinute,
    openJobs: limits.maxOpenOfCaller,
    ...limits.limitsOf?.(caller),
  });

  const queues = queuesOf(roleQueues);
  const workers = async (): Promise<Record<string, number>> => {
    const counts = queues.map(async (queue) => [queue, await countWorkers(redis, keys, queue)]);
    return Object.fromEntries(await Promise.all(counts));
  };
  const readState = createQueueStateReader({ redis, keys, flows, outbox, queues, workers });

  /** BullMQ waits while the connection is down; the API must fail at once. */
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    if (redis.status !== 'ready')
      throw new QueueUnavailable('Redis is not connected', { cause: lastErrorOf(redis) });
    try {
      return await act();
    } catch (error) {
      throw new QueueUnavailable('Redis did not answer', { cause: error });
    }
  };

  /** Stores and queues a run, unless an existing one answers the request. If it throws, no run was started. */
  async function start(run: NewRun, options: SubmitOptions): Promise<Submission> {
    // Removes a run that was stored or queued despite the error, unless it has started or another request was given
    // it. Not awaited, because Redis may hang. Redis executes a connection's commands in order.
    const undo = () => void store.forget(run.id, options.caller, 'untouched', run.threadId).catch(() => {});
    const submission = await store.submit(run, options).catch((error) => {
      undo();
      throw error;
    });
    const { id, outcome } = submission;
    if (id === '' || outcome === 'conflict') return { ...submission, limits: limitsOf(options.caller) };
    // An API may have died before it queued an existing run. Adding a run twice adds nothing.
    const turn = submission.turn ?? (await store.turnIfNew(id));
    if (turn === null) return submission;
    try {
      await flows.start(id, turn, outcome === 'new' ? run.older : await store.olderOf(id));
    } catch (error) {
      if (outcome === 'new') undo();
      throw error;
    }
    return submission;
  }

  async function remove(id: string, caller: string, threadId = id) {
    const isRemoved = await store.forget(id, caller, 'finished', threadId);
    if (isRemoved) await flows.remove(id);
    return isRemoved;
  }

  return {
    async connected() {
      if (redis.status === 'ready') return;
      await once(redis, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) }).catch(() => {});
    },
    async submit(conversation, options = ANONYMOUS) {
      const id = randomUUID();
      return guarded(async () => {
        await clock.whenMeasured();
        const request = { id, conversation, seed: randomInt(2 ** 32), createdAt: clock.now() };
        const run = await threads.continue(request, options);
        return typeof run === 'string' ? { id: '', outcome: run } : start(run, options);
      });
    },
    async rerun(run, from, { models, ...requested }) {
      const reused = reusableRecords(graph, run, from);
      if (reused === null) return null;
      const { conversation, files, seed, caller, metadata, createdAt, previousJobId } = run;
      const { deadlineAt, ...limits } = run.options;
      const again = { id: randomUUID(), conversation, files, seed, createdAt: clock.now() };
      const options = {
        ...limits,
        models: { ...limits.models, ...models },
        ...(deadlineAt !== null && { deadlineSeconds: (deadlineAt - createdAt) / 1_000 }),
      };
      return guarded(async () => {
        // Without its predecessor, the run starts a thread.
        const previous = previousJobId && (await store.load(previousJobId));
        const thread = previous && { threadId: previous.threadId };
        const request = {
          caller,
          metadata,
          options,
          ...requested,
          previousJobId: previous ? previousJobId : null,
        };
        return start({ ...again, ...thread, rerun: { of: run.id, from, ...reused } }, request);
      });
    },
    prompts: (id) => guarded(() => prompts.load(id)),
    async countStart(caller) {
      const limit = limitsOf(caller).requestsPerMinute;
      return limit === undefined ? null : guarded(() => rateLimit.count(caller, limit));
    },
    setIntake: (state) => guarded(() => setIntake(redis, keys, state)),
    limitsOf,
    usage: (caller) => guarded(() => readUsage(caller, limitsOf(caller))),
    async create(conversation) {
      return (await this.submit(conversation)).id;
    },
    load: (id) => guarded(() => store.loadWithUsage(id)),
    list: (caller, filter, before, limit) => guarded(() => listRuns(store, caller, filter, before, limit)),
    remove: (id, caller, threadId) => guarded(() => remove(id, caller, threadId)),
    threads: (caller, before, limit) => guarded(() => threads.list(caller, before, limit)),
    thread: (id, caller) => guarded(() => threads.load(id, caller)),
    removeThread: (id, caller) =>
      guarded(async () => {
        const ids = await threads.ids(id);
        const summaries = await Promise.all(ids.map(store.summary));
        if (summaries.includes(null)) return false;
        for (const run of ids) await remove(run, caller, id);
        return true;
      }),
    rememberAnswer: (id, conversation) => guarded(() => answers.remember(id, conversation)),
    findAnswer: (conversation) => guarded(() => answers.find(conversation)),
    finished: finishedRuns.wait,
    follow: createFollowRun(redis, subscribers, keys),
    cancel: (id) =>
      guarded(async () => (await store.finish(id, { status: 'cancelled' }, clock.now())) === 'finished'),
    accept: (id) =>
      guarded(async () => {
        const run = await store.load(id);
        if (run === null || run.outcome !== null) return 'already-finished';
        const outcome = finishEarly(graph, run);
        if (outcome === null) return 'no-code';
        const reply = await store.finish(id, outcome, clock.now(), run.files);
        return reply === 'finished' ? 'finished' : 'already-finished';
      }),
    registerClient: clientLeases.registerClient,
    samples: () => guarded(() => store.samples()),
    redeliver: (id) => guarded(() => outbox.redeliver(id)),
    workers: () => guarded(workers),
    state: () => guarded(readState),
    diagnose: () =>
      guarded(async () => {
        await redis.set(keys.writeProbe, '1', 'PX', WRITE_PROBE_MS);
        return diagnose(redis);
      }),
    async close() {
      clearInterval(scanning);
      clock.close();
      clientLeases.close();
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
