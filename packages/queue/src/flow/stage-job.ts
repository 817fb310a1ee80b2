import {
  callsEndAt,
  decide,
  type Graph,
  hasEnded,
  type Interruption,
  type Node,
  ROUTES,
  routeAfter,
  type StageRecord,
  type StageRuntime,
  stagesBelow,
} from '@codegen/pipeline';
import { type Job, UnrecoverableError } from 'bullmq';
import type { FinishedRuns } from '../jobs/finished-runs.ts';
import type { RunStore } from '../jobs/run-store.ts';
import type { OpenRun, StoredRun } from '../jobs/stored-run.ts';
import type { Bills } from '../models/bills.ts';
import { persist } from '../redis/persist.ts';
import { type Flows, RUN_OVER, type StageJob, type StageSummary } from './flow.ts';
import { LOCK_LOST, type RecordLost } from './lost-stages.ts';
import { RetryLater } from './retry.ts';
import type { AttemptStage } from './stage-attempt.ts';

interface Parts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly flows: Flows;
  readonly finishedRuns: FinishedRuns;
  readonly attempt: AttemptStage;
  readonly bills: Bills;
  readonly runtime: StageRuntime;
  readonly recordLost: RecordLost;
  /** Reports each stage that has ended. */
  readonly onEnd: (run: string, record: StageRecord) => void;
}

/** Why BullMQ's signal of a job is aborted: the pipeline's reasons, or the job's lock was lost to another worker. */
export type CancelReason = Interruption | 'lock lost';

/** Ends the processor of a job that this worker holds, through BullMQ's signal. */
export type CancelJob = (job: string, reason: CancelReason) => void;

/** Milliseconds after which a stage that this worker does not know is offered again, to a worker of another version. */
const UNKNOWN_STAGE_MS = 2_000;

/** The longest a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The processor of the jobs of all stages. */
export function createStageJob(parts: Parts) {
  const { graph, store, flows, finishedRuns, attempt, bills, runtime, recordLost, onEnd } = parts;
  const lastStages = new Set(ROUTES.map((route) => graph.routes[route].stage.name));

  /**
   * Carries out one attempt at a stage and commits it.
   * @throws RetryLater if the stage is not over, UnrecoverableError if it failed for good
   */
  async function processStage(
    job: Job<StageJob>,
    signal: AbortSignal,
    cancel: CancelJob,
  ): Promise<StageSummary> {
    const { id = '', data } = job;
    const node = graph.find(job.name);
    if (node === undefined) return leaveToOthers(job);
    // Subscribed before the run is read: an end in between is not missed.
    using watch = watchRun(data.run, id, cancel);
    const stored = await store.loadFor(node, data.run);
    if (stored === null) return RUN_OVER;
    watch.endAt(callsEndAt(stored.options));
    const run = await withInputs(stored, node, job);

    const previous = run.stages[node.stage.name];
    const isDone = hasEnded(previous) && previous.status !== 'cancelled';
    const record = isDone ? previous : await takeStep(run, node, signal);
    if (record === null) return RUN_OVER;
    if (!hasEnded(record))
      throw new RetryLater(record.retryAt ?? runtime.now(), record.calls.at(-1)?.failure?.code);
    if (record.status === 'cancelled' && (await store.ending(run.id)) === null)
      throw new RetryLater(runtime.now());
    await advance(run, record, isDone);
    if (record.status === 'failed') throw new UnrecoverableError(record.failure?.code ?? 'internal');
    return summaryOf(record);
  }

  /** @returns the record that counts, null if the run is gone. @throws if the lock was lost: another worker has the job */
  async function takeStep(run: OpenRun, node: Node, signal: AbortSignal): Promise<StageRecord | null> {
    const { record, text, followUp } = await attempt(run, node, signal);
    if (signal.reason === ('lock lost' satisfies CancelReason)) throw new Error(LOCK_LOST);
    const commit = store.commitStage(run.id, record, { text, route: routeAfter(graph, run, record) });
    const [outcome] = await Promise.all([commit, followUp]);
    if (outcome === 'gone') return null;
    bills.callModel(run.id, record);
    if (outcome === 'superseded') return (await store.load(run.id))?.stages[record.stage] ?? null;
    if (hasEnded(record)) onEnd(run.id, record);
    return record;
  }

  /** What follows at once from a stage that has ended. @param again whether it may have been done before */
  async function advance(run: OpenRun, record: StageRecord, again: boolean) {
    if (record.stage === graph.entry.stage.name) {
      const route = run.route ?? routeAfter(graph, run, record);
      if (route !== null) return again ? flows.restoreRoute(run.id, route) : flows.addRoute(run.id, route);
    }
    if (!endsRun(record)) return;
    const whole = await store.load(run.id);
    if (whole === null || whole.outcome !== null) return;
    // What Redis lost of the stages before is done again by their jobs, and `generate` finishes the run.
    if (lastStages.has(record.stage) && !isRecorded(whole)) return;
    const decision = decide(graph, whole);
    if (decision.kind === 'finish')
      await persist(() => store.finish(run.id, decision.outcome, runtime.now()));
  }

  const isRecorded = ({ route, stages }: StoredRun) =>
    route !== null && graph.stagesOf(route).every(({ stage }) => hasEnded(stages[stage.name]));

  /** Whether a run may be over with a stage: its route's last one, a question, or a failure that fails every run. */
  const endsRun = ({ stage, output, failure }: StageRecord) =>
    lastStages.has(stage) || output?.kind === 'question' || failure?.intent === 'failRun';

  /** The run once the inputs of a stage have ended, which they have unless they were lost. */
  async function withInputs(run: OpenRun, node: Node, job: Job<StageJob>): Promise<OpenRun> {
    if (node.inputs.every(({ stage }) => hasEnded(run.stages[stage.name]))) return run;
    const whole = await store.load(run.id);
    return whole === null ? run : recordLost(whole, stagesBelow(node), job);
  }

  async function leaveToOthers({ name, data }: Job<StageJob>): Promise<StageSummary> {
    if ((await store.ending(data.run)) !== null) return RUN_OVER;
    runtime.onFault?.(
      new Error(`this worker knows no stage ${JSON.stringify(name)} and leaves it to others`),
    );
    throw new RetryLater(runtime.now() + UNKNOWN_STAGE_MS);
  }

  /** Cancels a job when its run is finished by somebody else or its time is up. */
  function watchRun(run: string, job: string, cancel: CancelJob) {
    let timer: NodeJS.Timeout | undefined;
    const stop = finishedRuns.subscribe(run, () => cancel(job, 'run finished'));
    return {
      /** @param at ms since 1970, or infinity */
      endAt(at: number) {
        const ms = at - runtime.now();
        if (ms <= LONGEST_TIMER_MS) timer = setTimeout(() => cancel(job, 'time is up'), Math.max(0, ms));
      },
      [Symbol.dispose]() {
        clearTimeout(timer);
        stop();
      },
    };
  }

  return processStage;
}

function summaryOf({ status, startedAt, endedAt, calls }: StageRecord): StageSummary {
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
