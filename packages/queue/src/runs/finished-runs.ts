import type { Graph, Outcome, Route } from '@codegen/pipeline';
import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { createPoller } from '../redis/poller.ts';

/** A run at the moment of its end. Times are ms since 1970. */
export interface FinishedRun {
  readonly id: string;
  readonly requestId: string | null;
  /** Trace context of the HTTP request; null if it was not traced. */
  readonly traceparent: string | null;
  readonly threadId: string;
  readonly outcome: Outcome;
  /** Null if the run ended before it was classified. */
  readonly route: Route | null;
  readonly createdAt: number;
  readonly finishedAt: number;
  /** US dollars; null if unknown. */
  readonly cost: number | null;
}

export type OnFinish = (run: FinishedRun) => void;

/** Summary of a finished run. */
export interface RunSummary {
  readonly status: string;
  readonly milliseconds: number;
  /** US dollars; null if unknown. */
  readonly cost: number | null;
}

/** Replies of `finish-run.lua`, with facts of the run if it has finished. */
export type FinishReply = [reply: -1 | 0 | 1 | 2, ...facts: string[]];

export const WEBHOOK_DUE = 2;
export const RECORD_LOST = -1;

export function readFinishedRun(
  id: string,
  outcome: Outcome,
  finishedAt: number,
  [createdAt, route, cost, requestId, traceparent, threadId]: readonly string[],
): FinishedRun {
  return {
    id,
    requestId: requestId || null,
    traceparent: traceparent || null,
    threadId: threadId || id,
    outcome,
    route: (route || null) as Route | null,
    createdAt: Number(createdAt),
    finishedAt,
    cost: cost ? Number(cost) : null,
  };
}

/** Stages whose records an outcome refers to. */
export function stagesIn(graph: Graph, outcome: Outcome): string[] {
  if (outcome.status !== 'completed') return [];
  const steps = 'steps' in outcome.response ? outcome.response.steps : {};
  const nodes = graph.stepsOf(outcome.route).filter(({ step }) => steps[step]);
  return [outcome.source, ...nodes.map(({ stage }) => stage.name)];
}

export type FinishedRuns = ReturnType<typeof createFinishedRuns>;

/** Interval at which unfinished runs are checked, in case Redis lost the run or a message, in ms. */
const POLL_MS = 5_000;

/**
 * Reports runs as they finish, or when Redis has lost them, through one subscription per process to the channel of finished
 * runs.
 */
export function createFinishedRuns(
  subscriptions: Connection,
  keys: Keys,
  isFinishedOrGone: (id: string) => Promise<boolean>,
  pollMs = POLL_MS,
) {
  const byRun = new Map<string, Set<() => void>>();
  const notify = (id: string) => {
    for (const onFinished of byRun.get(id) ?? []) onFinished();
  };
  const check = async (id: string) => {
    if (byRun.has(id) && (await isFinishedOrGone(id))) notify(id);
  };
  subscriptions.on('message', (channel: string, id: string) => {
    if (channel === keys.finished) notify(id);
  });
  const poller = createPoller(
    () => byRun.keys(),
    (ids) => Promise.all(ids.map(check)),
    pollMs,
  );
  // A run that finished before the subscription was confirmed is found by the poll.
  void keepSubscribed(subscriptions, () => [keys.finished], poller.pollNow);
  const cancelWaits = new Set<() => void>();

  /**
   * Calls back once or more after the run finishes, at the latest with the next poll. A run that may have finished
   * already must be checked after subscribing.
   * @returns a function that ends the subscription
   */
  const subscribe = (id: string, onFinished: () => void) => {
    const callbacks = byRun.get(id) ?? new Set();
    byRun.set(id, callbacks.add(onFinished));
    return () => {
      callbacks.delete(onFinished);
      if (callbacks.size === 0 && byRun.get(id) === callbacks) byRun.delete(id);
    };
  };

  return {
    subscribe,
    /**
     * Resolves true when the run is finished or lost, false when `signal` aborts or `close` is called first. Never rejects.
     * @param firstCheck a check already under way whether the run is over; by default one is made
     */
    wait(id: string, signal: AbortSignal, firstCheck?: Promise<boolean>): Promise<boolean> {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(false);
        const end = (isFinished: boolean) => {
          unsubscribe();
          cancelWaits.delete(cancel);
          signal.removeEventListener('abort', cancel);
          resolve(isFinished);
        };
        const cancel = () => end(false);
        const unsubscribe = subscribe(id, () => end(true));
        cancelWaits.add(cancel);
        signal.addEventListener('abort', cancel);
        // After a failed check the next poll finds the run.
        (firstCheck ?? isFinishedOrGone(id)).then((isFinished) => isFinished && end(true)).catch(() => {});
      });
    },
    async close() {
      poller.close();
      for (const cancel of cancelWaits) cancel();
      subscriptions.disconnect();
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
