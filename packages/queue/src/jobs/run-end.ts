import type { Graph, Outcome, Route } from '@codegen/pipeline';

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
