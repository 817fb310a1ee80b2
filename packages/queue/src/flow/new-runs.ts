import { randomInt, randomUUID } from 'node:crypto';
import { type Conversation, type Graph, reusableRecords } from '@codegen/pipeline';
import type { RedisClock } from '../redis/clock.ts';
import type { CallerLimits } from '../runs/caller-limits.ts';
import type { RunStore } from '../runs/run-store.ts';
import { FIRST_TURN, type StoredRun } from '../runs/stored-run.ts';
import { ANONYMOUS_OPTIONS, type NewRun, type Submission, type SubmitOptions } from '../runs/submission.ts';
import type { Threads } from '../runs/threads.ts';
import type { Flows } from './flow.ts';

interface Parts {
  readonly graph: Graph;
  readonly clock: RedisClock;
  readonly store: RunStore;
  readonly threads: Threads;
  readonly flows: Flows;
  readonly limitsOf: (caller: string) => CallerLimits;
}

interface RerunRequest extends Pick<SubmitOptions, 'requestId' | 'traceparent'> {
  /** Models that replace those of the finished run, by role. */
  readonly models: StoredRun['options']['models'];
  readonly idempotencyKey: string | null;
}

/** Starts runs: stores each, and adds its first jobs. */
export function createNewRuns({ graph, clock, store, threads, flows, limitsOf }: Parts) {
  /** Stores and queues a run, unless an existing one answers the request. If it throws, no run was started. */
  async function start(run: NewRun, options: SubmitOptions): Promise<Submission> {
    // Removes a run that was stored or queued despite the error, unless it has started or another request was given
    // it. Not awaited, because Redis may hang. Redis executes a connection's commands in order.
    const undo = () => void store.forget(run.id, options.caller, 'untouched', run.threadId).catch(() => {});
    const submission = await store.create(run, options).catch((error) => {
      undo();
      throw error;
    });
    const { id, kind, turn = FIRST_TURN } = submission;
    if (id === '' || kind === 'conflict') return { ...submission, limits: limitsOf(options.caller) };
    // An API may have died before it queued an existing run. Adding a run twice adds nothing.
    const isNew = kind === 'new';
    const startOptions = isNew ? { turn, olderCount: run.olderCount } : await store.startOptions(id);
    if (startOptions.hasStarted) return submission;
    try {
      await flows.start(id, startOptions);
    } catch (error) {
      if (isNew) undo();
      throw error;
    }
    return submission;
  }

  return {
    /** Starts a run, unless an existing one answers the request. If it throws, no run was started. */
    async submit(conversation: Conversation, options = ANONYMOUS_OPTIONS): Promise<Submission> {
      await clock.whenMeasured();
      const id = randomUUID();
      const run = { id, conversation, seed: randomInt(2 ** 32), createdAt: clock.now() };
      const { previousJobId, files } = options;
      if (!previousJobId) return start({ ...run, ...(files && { files }) }, options);
      const followUp = await threads.continue(run, previousJobId, options);
      return typeof followUp === 'string' ? { id: '', kind: followUp } : start(followUp, options);
    },

    /**
     * Starts a run with the request of a finished one. It takes over the records of the stages that do not depend on `from`.
     * @returns null if `from` is no stage of the run
     */
    async rerun(
      run: StoredRun,
      from: string,
      { models, ...requested }: RerunRequest,
    ): Promise<Submission | null> {
      const reused = reusableRecords(graph, run, from);
      if (reused === null) return null;
      const { conversation, olderCount, files, seed, caller, metadata, createdAt, previousJobId } = run;
      const { requestedMaxCostUsd: maxCostUsd } = run;
      const { deadlineAt, ...limits } = run.options;
      const request = { conversation, files, seed, ...(olderCount !== undefined && { olderCount }) };
      const again = { id: randomUUID(), ...request, createdAt: clock.now() };
      const options = {
        ...limits,
        // The caller may spend another amount by now.
        maxCostUsd,
        models: { ...limits.models, ...models },
        ...(deadlineAt !== null && { deadlineSeconds: (deadlineAt - createdAt) / 1_000 }),
      };
      // Without its predecessor, the run starts a thread.
      const previous = previousJobId && (await store.load(previousJobId));
      const thread = previous && { threadId: previous.threadId };
      const submission = {
        caller,
        metadata,
        options,
        ...requested,
        previousJobId: previous ? previousJobId : null,
      };
      return start({ ...again, ...thread, rerun: { of: run.id, from, ...reused } }, submission);
    },
  };
}
