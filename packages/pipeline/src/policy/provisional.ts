import type { Code } from '../code/code.ts';
import type { Graph } from '../graph/define-graph.ts';
import { hasEnded } from '../run/record.ts';
import { type Degradation, type Outcome, type Run, resolveOutput, resultOf } from '../run/run.ts';
import { degradations, unparsableCode } from './decide.ts';

/** The best code that a running run has. It is usable, but it is not the result. */
export interface Provisional {
  readonly step: string;
  readonly stage: string;
  readonly code: Code;
  /** The stages of the route that have not ended. Every stage comes after its inputs. */
  readonly remaining: readonly string[];
}

/**
 * The best code among the completed steps: that of the step nearest to the end of the route, and of two steps at the
 * same distance the one from the specification. Null before there is code, for a finished run, and on a route whose
 * only code is its result. A failed step is ignored: its fallback output is the code of an earlier step.
 */
export function bestSoFar(
  graph: Graph,
  { route, stages, outcome }: Pick<Run, 'route' | 'stages' | 'outcome'>,
): Provisional | null {
  if (route === null || outcome !== null) return null;
  const last = graph.routes[route].stage;
  for (const { step, stage } of graph.stepsOf(route).toReversed()) {
    if (stage === last || stages[stage.name]?.status !== 'completed') continue;
    const output = resolveOutput(stages, stage.name);
    if (output?.kind !== 'code') continue;
    const remaining = graph.stagesOf(route).filter((node) => !hasEnded(stages[node.stage.name]));
    return {
      step,
      stage: stage.name,
      code: output.code,
      remaining: remaining.map((node) => node.stage.name),
    };
  }
  return null;
}

/** The outcome of a run whose caller accepts the provisional code. Null if there is none. */
export function finishEarly(
  graph: Graph,
  run: Pick<Run, 'route' | 'stages' | 'outcome'>,
): Extract<Outcome, { status: 'completed' }> | null {
  const best = bestSoFar(graph, run);
  if (best === null || run.route === null) return null;
  const skipped = best.remaining.map(
    (stage): Degradation => ({
      stage,
      code: 'skipped-by-caller',
      why: 'the caller accepted the provisional code',
      consequence: `the code of ${best.stage} is the result`,
    }),
  );
  return {
    status: 'completed',
    route: run.route,
    ...resultOf(graph, { route: run.route, stages: run.stages }, best.stage),
    degraded: [...degradations(graph, run), ...skipped, ...unparsableCode(run.stages, best.stage)],
  };
}
