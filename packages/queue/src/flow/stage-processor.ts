import {
  type Call,
  callsEndAt,
  contextOf,
  decide,
  hasEnded,
  type Interruption,
  inputsOf,
  lossesOf,
  lostStage,
  type Node,
  ROUTES,
  type Route,
  routeAfter,
  type StageRecord,
  stagesBelow,
} from '@codegen/pipeline';
import { type Job, UnrecoverableError } from 'bullmq';
import type { UsageReconciliation } from '../models/usage-reconciliation.ts';
import { RUN_FORMAT } from '../redis/keys.ts';
import { writeWithRetry } from '../redis/scripts.ts';
import type { FinishedRuns } from '../runs/finished-runs.ts';
import type { OpenRun, StoredRun } from '../runs/stored-run.ts';
import { type JobData, type JobReturnValue, RetryLater, RUN_FINISHED } from './job.ts';
import { LOCK_LOST, leaveToNewer, OTHER_VERSION_MS, type ProcessorParts } from './processor-parts.ts';
import type { Exchange, RunStage } from './stage-runner.ts';

interface Parts extends ProcessorParts {
  readonly finishedRuns: FinishedRuns;
  readonly runStage: RunStage;
  readonly usageReconciliation: UsageReconciliation;
  /** Called for each attempt at a stage, before its record is committed. */
  readonly onAttempt: (attempt: StageAttempt) => void;
}

/** One attempt at a stage by a worker: it makes at most one model call. */
export interface StageAttempt {
  readonly run: string;
  readonly requestId: string | null;
  readonly traceparent: string | null;
  readonly stage: string;
  /** Null until the run is classified. */
  readonly route: Route | null;
  /** Time from which the job could have been taken until a worker took it, in ms. */
  readonly waitMs: number;
  readonly durationMs: number;
  /** The model call that the attempt made; null if it made none. */
  readonly call: Call | null;
  /** The request of that call, and the response unless it failed. */
  readonly exchange: Exchange | null;
  /** Another worker has taken over the job: its record counts. */
  readonly isLockLost: boolean;
}

/** Reason of a job's abort signal; `lock lost`: another worker has the job. */
export type CancelReason = Interruption | 'lock lost';

/** Aborts BullMQ's signal of a job that this worker is processing. */
export type CancelJob = (job: string, reason: CancelReason) => void;

/** Workers that a stage may lose during its calls before it fails: it may be what ends them. */
const MAX_LOSSES = 3;

/** Lost workers after which a stage runs apart from others that lost as many, so that none of them pays for another. */
const APART_FROM_LOSSES = 2;

/** Interval at which a stage asks to run apart, in ms. */
const APART_RETRY_MS = 1_000;

/** Longest delay of a Node.js timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Processor of the jobs of all stages. From the job to the model: `processStage`, `runOrGiveUp`, `runAndCommit`, `runStage` of
 * `stage-runner.ts`, and `attemptStage` of the pipeline, which calls the model of `StageRuntime`.
 */
export function createStageProcessor(parts: Parts) {
  const { graph, store, flows, finishedRuns, runStage, usageReconciliation, runtime } = parts;
  const { failLostStages, onAttempt, onEnd } = parts;
  let isApartTaken = false;
  const lastStages = new Set(ROUTES.map((route) => graph.routes[route].stage.name));

  /**
   * Makes one attempt at a stage and commits its record.
   * @throws RetryLater if the stage continues later, UnrecoverableError if it failed for good
   */
  async function processStage(
    job: Job<JobData>,
    signal: AbortSignal,
    cancel: CancelJob,
  ): Promise<JobReturnValue> {
    const { id = '', data } = job;
    const node = graph.find(job.name);
    if (node === undefined) return delayUnknown(job);
    // Subscribed before the run is read, so that no end in between is missed.
    using watch = watchRun(data.run, id, cancel);
    const stored = await store.loadFor(node, data.run);
    if (stored === null) return RUN_FINISHED;
    if (stored.format > RUN_FORMAT) return leaveToNewer(runtime, stored);
    watch.endAt(callsEndAt(stored.options));
    const run = await withInputs(stored, node, job);

    const previous = run.stages[node.stage.name];
    const isDone = hasEnded(previous) && previous.status !== 'cancelled';
    const record = isDone ? previous : await runOrGiveUp(run, node, job, signal);
    if (record === null) return RUN_FINISHED;
    if (!hasEnded(record))
      throw new RetryLater(record.retryAt ?? runtime.now(), record.calls.at(-1)?.failure?.code);
    if (record.status === 'cancelled' && (await store.summary(run.id)) === null)
      throw new RetryLater(runtime.now());
    await advance(run, record, isDone);
    if (record.status === 'failed') throw new UnrecoverableError(record.failure?.code ?? 'internal');
    return summaryOf(record);
  }

  /** Makes an attempt, apart if the stage has lost several workers; gives the stage up if it has lost too many. */
  async function runOrGiveUp(
    run: OpenRun,
    node: Node,
    job: Job<JobData>,
    signal: AbortSignal,
  ): Promise<StageRecord | null> {
    const losses = lossesOf(run.stages[node.stage.name]);
    if (losses < APART_FROM_LOSSES) return runAndCommit(run, node, job, signal);
    if (losses >= MAX_LOSSES) return giveUp(run, node, losses);
    if (isApartTaken) throw new RetryLater(runtime.now() + APART_RETRY_MS);
    isApartTaken = true;
    try {
      return await runAndCommit(run, node, job, signal);
    } finally {
      isApartTaken = false;
    }
  }

  async function giveUp(run: OpenRun, node: Node, losses: number): Promise<StageRecord | null> {
    const { stage } = node;
    runtime.onFault?.(
      new Error(`stage ${stage.name} of run ${run.id} was given up: it lost ${losses} workers`),
    );
    const request = { run: run.id, stage, context: contextOf(node, run), previous: run.stages[stage.name] };
    return commit(run, lostStage(request, runtime.now()));
  }

  /** @returns the stored record; null if the run is gone. @throws if the lock was lost to another worker */
  async function runAndCommit(
    run: OpenRun,
    node: Node,
    job: Job<JobData>,
    signal: AbortSignal,
  ): Promise<StageRecord | null> {
    const takenAt = runtime.now();
    const { record, text, exchange, afterCall } = await runStage(run, node, signal);
    const previous = run.stages[node.stage.name];
    const isLockLost = signal.reason === ('lock lost' satisfies CancelReason);
    onAttempt({
      run: run.id,
      requestId: run.requestId,
      traceparent: run.traceparent,
      stage: node.stage.name,
      route: run.route,
      waitMs: Math.max(0, takenAt - readySince(run, node, job)),
      durationMs: runtime.now() - takenAt,
      call: record.calls[previous?.calls.length ?? 0] ?? null,
      exchange,
      isLockLost,
    });
    if (isLockLost) throw new Error(LOCK_LOST);
    const [stored] = await Promise.all([commit(run, record, text), afterCall]);
    return stored;
  }

  async function commit(run: OpenRun, record: StageRecord, text = ''): Promise<StageRecord | null> {
    const route = routeAfter(graph, run, record);
    const reply = await store.commitStage(run.id, record, { text, route });
    if (reply === 'gone') return null;
    usageReconciliation.start(run.id, record);
    if (reply === 'superseded') return (await store.load(run.id))?.stages[record.stage] ?? null;
    if (hasEnded(record)) onEnd(run, record);
    return record;
  }

  /** Adds the route, or finishes the run, after a stage has ended. @param isRepeated whether it may have been done before */
  async function advance(run: OpenRun, record: StageRecord, isRepeated: boolean) {
    const isEntry = record.stage === graph.entry.stage.name;
    const route = isEntry ? (run.route ?? routeAfter(graph, run, record)) : null;
    if (route !== null) return isRepeated ? flows.restoreRoute(run, route) : flows.addRoute(run, route);
    if (mayEndRun(record)) await finishIfNoStageIsLeft(run.id, record);
  }

  /** Finishes a run unless stages of it are left. */
  async function finishIfNoStageIsLeft(id: string, { stage }: StageRecord) {
    const stored = await store.load(id);
    if (stored === null || stored.outcome !== null) return;
    // If Redis lost records, their jobs repeat the stages, and the root job finishes the run.
    if (lastStages.has(stage) && !isRecorded(stored)) return;
    const decision = decide(graph, stored);
    if (decision.kind === 'finish')
      await writeWithRetry(() => store.finish(id, decision.outcome, runtime.now(), stored.files));
  }

  const isRecorded = ({ route, stages }: StoredRun) =>
    route !== null && graph.stagesOf(route).every(({ stage }) => hasEnded(stages[stage.name]));

  /** Whether a run may finish with a stage: the last of its route, a question, or a failure that fails the run. */
  const mayEndRun = ({ stage, output, failure }: StageRecord) =>
    lastStages.has(stage) || output?.kind === 'question' || failure?.intent === 'failRun';

  /** The run with the records of the stage's inputs, which have ended unless they were lost. */
  async function withInputs(run: OpenRun, node: Node, job: Job<JobData>): Promise<OpenRun> {
    if (inputsOf(node, run).every(({ stage }) => hasEnded(run.stages[stage.name]))) return run;
    const stored = await store.load(run.id);
    return stored === null ? run : failLostStages(stored, stagesBelow(node), job);
  }

  async function delayUnknown({ name, data }: Job<JobData>): Promise<JobReturnValue> {
    if ((await store.summary(data.run)) !== null) return RUN_FINISHED;
    runtime.onFault?.(
      new Error(`this worker does not know the stage ${JSON.stringify(name)} and leaves it to other workers`),
    );
    throw new RetryLater(runtime.now() + OTHER_VERSION_MS);
  }

  /** When the job could be taken: it was added, its inputs had ended and its retry was due. Ms since 1970. */
  function readySince({ stages }: OpenRun, { stage, inputs }: Node, { timestamp }: Job<JobData>): number {
    const ends = inputs.map((input) => stages[input.stage.name]?.endedAt ?? 0);
    return Math.max(timestamp, stages[stage.name]?.retryAt ?? 0, ...ends);
  }

  /** Cancels a job when its run finishes elsewhere or its deadline passes. */
  function watchRun(run: string, job: string, cancel: CancelJob) {
    let timer: NodeJS.Timeout | undefined;
    const unsubscribe = finishedRuns.subscribe(run, () => cancel(job, 'run finished'));
    return {
      /** @param at ms since 1970 or Infinity */
      endAt(at: number) {
        const ms = at - runtime.now();
        if (ms <= MAX_TIMER_MS) timer = setTimeout(() => cancel(job, 'time is up'), Math.max(0, ms));
      },
      [Symbol.dispose]() {
        clearTimeout(timer);
        unsubscribe();
      },
    };
  }

  return processStage;
}

function summaryOf({ status, startedAt, endedAt, calls }: StageRecord): JobReturnValue {
  const last = calls.at(-1);
  return {
    status,
    model: last?.servedModel ?? last?.model ?? null,
    milliseconds: Math.max(0, (endedAt ?? startedAt) - startedAt),
    promptTokens: last?.promptTokens ?? null,
    completionTokens: last?.completionTokens ?? null,
    cost: last?.cost ?? null,
  };
}
