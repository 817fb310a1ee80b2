import type { Code } from '../code/code.ts';
import { hasEnded } from '../run/record.ts';
import { resolveOutput } from '../run/resolve.ts';
import { resultOf } from '../run/response.ts';
import type { Degradation, Outcome, Run } from '../run/run.ts';
import type { Step } from '../stages/stage.ts';
import type { Graph } from '../stages/tree.ts';
import { degradations } from './decide.ts';

/** Code that a run has on its way: usable, but not its result. */
export interface Provisional {
  readonly step: Step;
  readonly stage: string;
  readonly code: Code;
  /** The stages of the route that have not ended, in the order in which they can run. */
  readonly remaining: readonly string[];
}

/** The closer to the end of the route, the better; of two equal ones, that which came by a specification. */
const BEST_FIRST: readonly Step[] = [
  'bestImplementation',
  'enhancedInterpretedCode',
  'enhancedDirectCode',
  'interpretedCode',
  'directCode',
];

/**
 * The best code of the steps that are finished; null before there is any, on a route whose only code is its result, and
 * for a run that is settled. What stands in for a failed step is an earlier step, and is found as that.
 */
export function bestSoFar(
  graph: Graph,
  { route, stages, outcome }: Pick<Run, 'route' | 'stages' | 'outcome'>,
): Provisional | null {
  if (route === null || outcome !== null) return null;
  const nodes = graph.stagesOf(route).map(({ stage }) => stage);
  const result = graph.routes[route].stage;
  const remaining = nodes.filter(({ name }) => !hasEnded(stages[name])).map(({ name }) => name);
  for (const step of BEST_FIRST) {
    const stage = nodes.find((one) => one.step === step && one !== result);
    const record = stage && stages[stage.name];
    if (record?.status !== 'completed') continue;
    const output = resolveOutput(stages, record.stage);
    if (output?.kind === 'code') return { step, stage: record.stage, code: output.code, remaining };
  }
  return null;
}

/** How a run ends if its caller settles for what there is; null as long as there is nothing to settle for. */
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
      why: 'the caller settled for the code there was',
      consequence: `the code of ${best.stage} is the result`,
    }),
  );
  return {
    status: 'completed',
    route: run.route,
    ...resultOf(graph, { route: run.route, stages: run.stages }, best.stage),
    degraded: [...degradations(graph, run), ...skipped],
  };
}
