import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { openRounds } from '../redis/rounds.ts';
import { keepSubscribed } from '../redis/subscription.ts';

/** Milliseconds between looks at what is waited for, in case a message was lost; that of a connection are looked for at once. */
const RECHECK_MS = 10_000;

export interface FinishedRuns extends AsyncDisposable {
  /**
   * Calls back when the run is settled from now on, at the latest with the next look; perhaps more than once. Whoever
   * must not miss a run that is settled already looks after this. Returns the way to stop it.
   */
  subscribe(id: string, onFinished: () => void): () => void;
  /**
   * Resolves true when the run is settled, false when `signal` aborts or all is closed first. Whoever is finding out
   * whether it is settled already says so with `known`.
   */
  wait(id: string, signal: AbortSignal, known?: Promise<boolean>): Promise<boolean>;
  close(): Promise<void>;
}

/** One subscription per process tells all who wait for a run. `isSettled` is asked before each wait and now and then. */
export function createFinishedRuns(
  subscriber: Connection,
  keys: Keys,
  isFinished: (id: string) => Promise<boolean>,
  recheckMs = RECHECK_MS,
): FinishedRuns {
  const waiting = new Map<string, Set<() => void>>();
  const tell = (id: string) => {
    for (const resolve of waiting.get(id) ?? []) resolve();
  };
  const recheck = async (id: string) => {
    if (await isFinished(id)) tell(id);
  };
  subscriber.on('message', (channel: string, id: string) => {
    if (channel === keys.finished) tell(id);
  });
  const rounds = openRounds(
    () => waiting.keys(),
    (ids) => Promise.all(ids.filter((id) => waiting.has(id)).map(recheck)),
    recheckMs,
  );
  // Looks when the subscription stands: a run that was settled before that sent its message to nobody.
  void keepSubscribed(subscriber, () => [keys.finished], rounds.hurry);
  const leaving = new Set<() => void>();

  const subscribe = (id: string, onFinished: () => void) => {
    const listeners = waiting.get(id) ?? new Set();
    waiting.set(id, listeners.add(onFinished));
    return () => {
      listeners.delete(onFinished);
      if (listeners.size === 0 && waiting.get(id) === listeners) waiting.delete(id);
    };
  };

  return {
    subscribe,
    wait(id, signal, known) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(false);
        const end = (outcome: boolean) => {
          stop();
          leaving.delete(leave);
          signal.removeEventListener('abort', leave);
          resolve(outcome);
        };
        const leave = () => end(false);
        const stop = subscribe(id, () => end(true));
        leaving.add(leave);
        signal.addEventListener('abort', leave);
        // A failed look is repeated in the next round; the caller's own deadline bounds the wait.
        const isOver = known ?? isFinished(id);
        isOver.then((outcome) => outcome && end(true)).catch(() => {});
      });
    },
    async close() {
      rounds.close();
      for (const leave of leaving) leave();
      subscriber.disconnect();
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
