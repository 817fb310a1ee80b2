import type { SourceFile } from './code/source-file.ts';
import { type Graph, inputsOf, type Node } from './graph/define-graph.ts';
import { attemptStage } from './policy/attempt.ts';
import { decide } from './policy/decide.ts';
import type { ModelHealth } from './policy/model-selection.ts';
import { callsEndAt, NO_OPTIONS, type RunOptions } from './policy/options.ts';
import type { Interruption, StageRuntime } from './policy/runtime.ts';
import { costOf, hasEnded, type StageRecord } from './run/record.ts';
import { type Conversation, cancelOpenStages, contextOf, type Run } from './run/run.ts';

export interface Request {
  readonly id: string;
  readonly conversation: Conversation;
  readonly files?: readonly SourceFile[];
  readonly olderCount?: number;
  readonly seed: number;
  readonly options?: RunOptions;
  /** Route and records that the run takes over from an earlier one. */
  readonly reused?: Pick<Run, 'route' | 'stages'>;
}

/** Sleeps until a time in milliseconds since 1970. Rejects when aborted. */
export type SleepUntil = (at: number, signal: AbortSignal) => Promise<void>;

/**
 * Executes a run of a graph in this process, in memory. It is the reference for other executors.
 * Resolves with the finished run. An abort of `signal` cancels the run.
 * @throws any error that is not a failure of a model call: a bug
 */
export async function execute(
  graph: Graph,
  { reused, ...request }: Request,
  runtime: StageRuntime & { readonly sleepUntil: SleepUntil },
  signal: AbortSignal,
): Promise<Run> {
  let run: Run = {
    options: NO_OPTIONS,
    files: [],
    ...request,
    createdAt: runtime.now(),
    route: null,
    stages: {},
    ...reused,
    outcome: null,
    finishedAt: null,
  };
  const finished = new AbortController();
  const deadline = new AbortController();
  const abort = (controller: AbortController, reason: Interruption) => controller.abort(reason);
  const stop = () => abort(finished, 'run finished');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const interrupted = AbortSignal.any([finished.signal, deadline.signal]);

  const finish = (outcome: NonNullable<Run['outcome']>) => {
    run = { ...run, outcome, finishedAt: runtime.now() };
    stop();
  };
  const put = (record: StageRecord) => {
    run = { ...run, stages: { ...run.stages, [record.stage]: record } };
  };

  const pendingStages = new Set<Promise<StageRecord>>();
  async function perform(node: Node): Promise<void> {
    const { stage } = node;
    await Promise.all(inputsOf(node, run).map(perform));
    if (hasEnded(run.stages[stage.name])) return;
    const context = contextOf(node, run);
    for (;;) {
      finished.signal.throwIfAborted();
      const stageRequest = {
        run: run.id,
        stage,
        context,
        previous: run.stages[stage.name],
        modelHealth: ALL_HEALTHY,
        options: run.options,
        spent: costOf({ calls: Object.values(run.stages).flatMap(({ calls }) => calls) }),
        onCall: put,
      };
      const pending = attemptStage(stageRequest, runtime, interrupted);
      pendingStages.add(pending);
      const record = await pending;
      pendingStages.delete(pending);
      put(record);
      finished.signal.throwIfAborted();
      if (hasEnded(record)) {
        advance();
        return;
      }
      // An interruption ends the sleep early. The next attempt reads its reason.
      await runtime.sleepUntil(record.retryAt ?? runtime.now(), interrupted).catch(() => {});
    }
  }

  async function enforceDeadline() {
    const at = callsEndAt(run.options);
    if (at === Number.POSITIVE_INFINITY) return;
    while (runtime.now() < at) await runtime.sleepUntil(at, finished.signal);
    abort(deadline, 'time is up');
  }

  let next: Node | null = run.route === null ? graph.entry : graph.routes[run.route];
  function advance() {
    if (run.outcome !== null) return;
    const decision = decide(graph, run);
    if (decision.kind === 'finish') {
      finish(decision.outcome);
    } else if (decision.kind === 'takeRoute') {
      run = { ...run, route: decision.route };
      next = graph.routes[decision.route];
    }
  }

  enforceDeadline().catch(() => {});
  try {
    while (next !== null) {
      const node: Node = next;
      next = null;
      await perform(node);
      advance();
    }
  } catch (error) {
    if (!finished.signal.aborted) throw error;
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    // Aborted stages resolve at once. Wait for the usage that they record.
    await Promise.allSettled(pendingStages);
  }
  if (run.outcome === null) finish({ status: 'cancelled' });
  return cancelOpenStages(run);
}

const ALL_HEALTHY: ModelHealth = { cooldowns: new Map(), failing: new Map() };
