import { hasEnded, type StageRecord } from '../run/record.ts';
import { resolveOutput } from '../run/resolve.ts';
import { resultOf } from '../run/response.ts';
import type { Degradation, Outcome, Run } from '../run/run.ts';
import type { Route } from '../stages/stage.ts';
import type { Graph } from '../stages/tree.ts';
import { isOutOfMeans } from './options.ts';

/** What follows for the run from the stages that have ended. */
export type Decision =
  | { readonly kind: 'wait' }
  | { readonly kind: 'take'; readonly route: Route }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

const WAIT: Decision = { kind: 'wait' };

/** The rules of the graph, in one place: both executors carry out what this says after every stage. */
export function decide(graph: Graph, run: Pick<Run, 'route' | 'stages'>): Decision {
  const ended = Object.values(run.stages).filter(hasEnded);

  const fatal = ended.find(({ failure }) => failure?.intent === 'failRun');
  if (fatal) return finishFailed(graph, run, fatal);

  const asking = ended.find((record) => record.output?.kind === 'question');
  if (asking) {
    return finish({
      status: 'completed',
      route: 'ambiguous',
      ...resultOf(graph, { route: 'ambiguous', stages: run.stages }, asking.stage),
      degraded: degradations(graph, { ...run, route: 'ambiguous' }),
    });
  }

  if (run.route === null) {
    const first = run.stages[graph.entry.stage.name];
    if (!hasEnded(first)) return WAIT;
    return first.output?.kind === 'route' && !isOutOfMeans(first.failure)
      ? { kind: 'take', route: first.output.route }
      : finishFailed(graph, run, first);
  }

  const root = run.stages[graph.routes[run.route].stage.name];
  if (!hasEnded(root)) return WAIT;
  if (resolveOutput(run.stages, root.stage)?.kind === 'code') {
    return finish({
      status: 'completed',
      route: run.route,
      ...resultOf(graph, { route: run.route, stages: run.stages }, root.stage),
      degraded: [...degradations(graph, run), ...unrecorded(graph, run.route, run)],
    });
  }
  // Another route would only be refused its calls.
  const route = graph.stagesOf(run.route).map(({ stage }) => run.stages[stage.name]);
  const stopped = route.find((record) => isOutOfMeans(record?.failure));
  if (stopped) return finishFailed(graph, run, stopped);
  const fallback = graph.fallbacks[run.route];
  return fallback ? { kind: 'take', route: fallback } : finishFailed(graph, run, root);
}

/** The route that a run without one takes when a stage has ended; null if it takes none. */
export function routeAfter(graph: Graph, run: Pick<Run, 'route'>, record: StageRecord): Route | null {
  if (run.route !== null || !hasEnded(record)) return null;
  const decision = decide(graph, { route: null, stages: { [record.stage]: record } });
  return decision.kind === 'take' ? decision.route : null;
}

const finish = (outcome: Outcome): Decision => ({ kind: 'finish', outcome });

function finishFailed(
  graph: Graph,
  run: Pick<Run, 'route' | 'stages'>,
  { stage, failure }: StageRecord,
): Decision {
  return finish({
    status: 'failed',
    stage,
    code: failure?.code ?? 'internal',
    detail: failure?.message ?? 'the stage ended without an output',
    degraded: degradations(graph, run).filter((one) => one.stage !== stage),
  });
}

/** What went wrong on the way, in the order in which it did. */
export function degradations(graph: Graph, { route, stages }: Pick<Run, 'route' | 'stages'>): Degradation[] {
  const list = Object.values(stages)
    .filter((record) => record.status === 'failed')
    .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
    .map(({ stage, failure }) => ({
      stage,
      code: failure?.code ?? 'internal',
      why: failure?.message ?? '',
      consequence: graph.find(stage)?.stage.whenLost ?? '',
    }));
  const wanted = stages[graph.entry.stage.name]?.output;
  if (wanted?.kind === 'route' && route !== null && graph.fallbacks[wanted.route] === route) {
    const { name } = graph.routes[wanted.route].stage;
    const tried = graph.stagesOf(wanted.route).map((node) => node.stage.name);
    const cause = list.findLast(({ stage }) => tried.includes(stage));
    const consequence = `nothing came of the ${wanted.route} route; the ${route} route answered`;
    // If the route's last stage failed itself it is in the list already, with what follows from that.
    if (cause?.stage !== name) {
      list.push({ stage: name, code: cause?.code ?? 'internal', why: cause?.why ?? '', consequence });
    }
  }
  return list;
}

/**
 * Stages below the one that answered that left no end: Redis lost what it held of them, and what was made of them was
 * in a worker's hands. The code is sound; their steps are empty, and that must be said.
 */
const unrecorded = (graph: Graph, route: Route, { stages }: Pick<Run, 'stages'>): Degradation[] =>
  graph
    .stagesOf(route)
    .filter(({ stage }) => !hasEnded(stages[stage.name]))
    .map(({ stage: { name } }) => ({
      stage: name,
      code: 'record-lost',
      why: 'Redis lost its record after it had ended',
      consequence: 'its step is empty; the code was made with it',
    }));
