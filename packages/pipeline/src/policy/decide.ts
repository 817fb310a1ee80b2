import type { Graph } from '../graph/define-graph.ts';
import { unparsable } from '../run/failure.ts';
import { hasEnded, type StageRecord } from '../run/record.ts';
import { type Degradation, type Outcome, type Run, resolveOutput, resultOf, sourceOf } from '../run/run.ts';
import type { Route } from '../stages/stage.ts';
import { isExhausted } from './options.ts';

/** What to do next with a run, given the stages that have ended. */
export type Decision =
  | { readonly kind: 'wait' }
  | { readonly kind: 'takeRoute'; readonly route: Route }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

const WAIT: Decision = { kind: 'wait' };

/**
 * The rules of the graph: pure, so that every executor decides alike. `execute` calls it after every stage. On BullMQ, a
 * stage job calls it only after a stage that may end the run, because a job waits for its children by itself; the
 * root job calls it last, when no stage is left, and a `wait` is then a bug.
 */
export function decide(graph: Graph, run: Pick<Run, 'route' | 'stages'>): Decision {
  const ended = Object.values(run.stages).filter(hasEnded);

  const fatal = ended.find(({ failure }) => failure?.intent === 'failRun');
  if (fatal) return finishFailed(graph, run, fatal);

  const question = ended.find(({ output }) => output?.kind === 'question');
  if (question) {
    return finish({
      status: 'completed',
      route: 'ambiguous',
      ...resultOf(graph, { route: 'ambiguous', stages: run.stages }, question.stage),
      degraded: degradations(graph, { ...run, route: 'ambiguous' }),
    });
  }

  if (run.route === null) {
    const first = run.stages[graph.entry.stage.name];
    if (!hasEnded(first)) return WAIT;
    return first.output?.kind === 'route' && !isExhausted(first.failure)
      ? { kind: 'takeRoute', route: first.output.route }
      : finishFailed(graph, run, first);
  }

  const last = run.stages[graph.routes[run.route].stage.name];
  if (!hasEnded(last)) return WAIT;
  const result = resolveOutput(run.stages, last.stage)?.kind;
  if (result === 'code' || result === 'text') {
    return finish({
      status: 'completed',
      route: run.route,
      ...resultOf(graph, { route: run.route, stages: run.stages }, last.stage),
      degraded: [
        ...degradations(graph, run),
        ...unrecorded(graph, run.route, run),
        ...unparsableCode(run.stages, last.stage),
      ],
    });
  }
  // An exhausted deadline or budget would stop another route too.
  const records = graph.stagesOf(run.route).map(({ stage }) => run.stages[stage.name]);
  const stopped = records.find((record) => isExhausted(record?.failure));
  if (stopped) return finishFailed(graph, run, stopped);
  const fallback = graph.fallbacks[run.route];
  return fallback ? { kind: 'takeRoute', route: fallback } : finishFailed(graph, run, last);
}

/** The route that a run without a route takes after a stage. Null if it takes none. */
export function routeAfter(graph: Graph, run: Pick<Run, 'route'>, record: StageRecord): Route | null {
  if (run.route !== null || !hasEnded(record)) return null;
  const decision = decide(graph, { route: null, stages: { [record.stage]: record } });
  return decision.kind === 'takeRoute' ? decision.route : null;
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

/** The failures that did not end the run, in the order in which they happened. */
export function degradations(graph: Graph, { route, stages }: Pick<Run, 'route' | 'stages'>): Degradation[] {
  const list = Object.values(stages)
    .filter((record) => record.status === 'failed')
    .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
    .map(({ stage, failure }) => ({
      stage,
      code: failure?.code ?? 'internal',
      why: failure?.message ?? '',
      consequence: graph.find(stage)?.stage.consequence ?? '',
    }));
  const classified = stages[graph.entry.stage.name]?.output;
  if (classified?.kind === 'route' && route !== null && graph.fallbacks[classified.route] === route) {
    const { name } = graph.routes[classified.route].stage;
    const tried = graph.stagesOf(classified.route).map((node) => node.stage.name);
    const cause = list.findLast(({ stage }) => tried.includes(stage));
    const consequence = `the ${classified.route} route produced nothing; the ${route} route was taken`;
    // If the last stage of that route failed itself, the list has it already.
    if (cause?.stage !== name) {
      list.push({ stage: name, code: cause?.code ?? 'internal', why: cause?.why ?? '', consequence });
    }
  }
  return list;
}

/** The degradation of a result that does not parse, although a model had a call to mend it. */
export function unparsableCode(stages: Run['stages'], stage: string): Degradation[] {
  const output = resolveOutput(stages, stage);
  if (output?.kind !== 'code' || output.fault === undefined) return [];
  const { code, message } = unparsable(output.fault, true);
  return [
    { stage: sourceOf(stages, stage), code, why: message, consequence: 'the code is returned as it is' },
  ];
}

/**
 * Stages without an ended record below a stage that completed: Redis lost their records while a worker still had their
 * outputs. The code is sound, but their steps are empty.
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
