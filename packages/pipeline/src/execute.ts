import type { ModelHealth } from './policy/admission.ts';
import { attemptStage, type StageRuntime } from './policy/attempt.ts';
import { decide } from './policy/decide.ts';
import { callsEndAt, NO_OPTIONS, type RunOptions } from './policy/options.ts';
import type { Conversation } from './run/conversation.ts';
import { costOf } from './run/event.ts';
import type { Interruption } from './run/interruption.ts';
import { hasEnded, type StageRecord } from './run/record.ts';
import { contextOf } from './run/resolve.ts';
import { atRest, type Run } from './run/run.ts';
import type { Graph, Node } from './stages/tree.ts';

export interface Request {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
  readonly options?: RunOptions;
}

/** Sleeps until a time in milliseconds since 1970; rejects when aborted. */
export type SleepUntil = (at: number, signal: AbortSignal) => Promise<void>;

/**
 * The reference semantics of a graph: runs it whole in this process, keeping everything in memory.
 * Resolves with the settled run; an abort of `signal` settles it as cancelled.
 */
export async function execute(
  graph: Graph,
  request: Request,
  runtime: StageRuntime & { readonly sleepUntil: SleepUntil },
  signal: AbortSignal,
): Promise<Run> {
  let run: Run = {
    options: NO_OPTIONS,
    ...request,
    createdAt: runtime.now(),
    route: null,
    stages: {},
    outcome: null,
    finishedAt: null,
  };
  const over = new AbortController();
  const late = new AbortController();
  const abort = (controller: AbortController, why: Interruption) => controller.abort(why);
  const stop = () => abort(over, 'run finished');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const interrupted = AbortSignal.any([over.signal, late.signal]);

  const finish = (outcome: NonNullable<Run['outcome']>) => {
    run = { ...run, outcome, finishedAt: runtime.now() };
    stop();
  };
  const put = (record: StageRecord) => {
    run = { ...run, stages: { ...run.stages, [record.stage]: record } };
  };

  const inHand = new Set<Promise<StageRecord>>();
  async function perform(node: Node): Promise<void> {
    const { stage, inputs } = node;
    await Promise.all(inputs.map(perform));
    const context = contextOf(node, run);
    for (;;) {
      over.signal.throwIfAborted();
      const attempt = {
        run: run.id,
        stage,
        context,
        previous: run.stages[stage.name],
        modelHealth: NOTHING_KNOWN,
        options: run.options,
        spent: costOf({ calls: Object.values(run.stages).flatMap(({ calls }) => calls) }),
        onCall: put,
      };
      const taken = attemptStage(attempt, runtime, interrupted);
      inHand.add(taken);
      const record = await taken;
      inHand.delete(taken);
      put(record);
      over.signal.throwIfAborted();
      if (hasEnded(record)) {
        advance();
        return;
      }
      // An interruption ends the sleep early; the next attempt reads its reason.
      await runtime.sleepUntil(record.retryAt ?? runtime.now(), interrupted).catch(() => {});
    }
  }

  async function endCallsInTime() {
    const at = callsEndAt(run.options);
    if (at === Number.POSITIVE_INFINITY) return;
    while (runtime.now() < at) await runtime.sleepUntil(at, over.signal);
    abort(late, 'time is up');
  }

  let next: Node | null = graph.entry;
  function advance() {
    if (run.outcome !== null) return;
    const decision = decide(graph, run);
    if (decision.kind === 'finish') {
      finish(decision.outcome);
    } else if (decision.kind === 'take') {
      run = { ...run, route: decision.route };
      next = graph.routes[decision.route];
    }
  }

  endCallsInTime().catch(() => {});
  try {
    while (next !== null) {
      const node: Node = next;
      next = null;
      await perform(node);
      advance();
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    // What they know of their calls belongs on record; being aborted they resolve at once.
    await Promise.allSettled(inHand);
  }
  if (run.outcome === null) finish({ status: 'cancelled' });
  return atRest(run);
}

const NOTHING_KNOWN: ModelHealth = { cooldowns: new Map(), failing: new Map() };
