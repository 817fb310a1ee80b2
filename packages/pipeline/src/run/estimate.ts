import type { Graph, Node } from '../graph/define-graph.ts';
import type { RunOptions } from '../policy/options.ts';
import type { Effort, Role, Route } from '../stages/stage.ts';
import { costOf, type StageRecord } from './record.ts';

/** Duration and cost of one completed stage of one run, including its failed calls. */
export interface Sample {
  /** The requested model of the call that succeeded. */
  readonly model: string;
  readonly ms: number;
  /** US dollars. Null if the server reports no cost. */
  readonly cost: number | null;
  /** The answer was simulated. */
  readonly simulated: boolean;
}

/** The sample of a stage. Null unless the stage was completed by a model. */
export function sampleOf(record: StageRecord): Sample | null {
  const call = record.calls.findLast(({ failure, durationMs }) => failure === null && durationMs !== null);
  if (record.status !== 'completed' || call === undefined || record.endedAt === null) return null;
  const ms = Math.max(0, record.endedAt - record.startedAt);
  return { model: call.model, ms, cost: costOf(record), simulated: call.simulated };
}

/** The 10th and 90th percentile. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  /** US dollars for all stages. Null if a stage has no sample, or no cost. */
  readonly cost: Range | null;
  /** Milliseconds along the longest path through the route, without queueing. Null if a stage has no sample. */
  readonly durationMs: Range | null;
  /** The number of samples used. */
  readonly calls: number;
  /** Stages without a sample. */
  readonly unknown: readonly string[];
  /** By name, the stages with samples. */
  readonly stages: Readonly<Record<string, StageEstimate>>;
  /** The estimate uses simulated answers because there are no others. */
  readonly simulated: boolean;
}

export interface StageEstimate {
  readonly durationMs: Range;
  /** US dollars. Null without prices. */
  readonly cost: Range | null;
}

/** Estimates cost and duration of a run from recent samples of the stages on its route that call a model. */
export function estimate(
  graph: Graph,
  route: Route,
  recent: Readonly<Record<string, readonly Sample[]>>,
  { models = {}, effort = 'balanced' }: Partial<Pick<RunOptions, 'models' | 'effort'>> = {},
): Estimate {
  const root = graph.routes[route];
  const nodes = [graph.entry, ...graph.stagesOf(route)].filter((node) => callsModel(node, effort));
  const known = new Map(
    nodes.map(({ stage }) => [stage.name, relevant(recent[stage.name] ?? [], models, stage.role)]),
  );
  const of = ({ stage }: Node) => known.get(stage.name) ?? [];
  const unknown = nodes.filter((node) => of(node).length === 0).map(({ stage }) => stage.name);
  const stages = Object.fromEntries(
    [...known].flatMap(([name, samples]) => (samples.length > 0 ? [[name, estimateStage(samples)]] : [])),
  );
  const priced = nodes.every((node) => isPriced(of(node)));

  const cost = (fraction: number) =>
    nodes.map((node) => quantile(of(node).map(costOfSample), fraction)).reduce((a, b) => a + b, 0);
  const longest = (node: Node, fraction: number): number =>
    quantile(
      of(node).map(({ ms }) => ms),
      fraction,
    ) + Math.max(0, ...node.inputs.map((one) => longest(one, fraction)));
  const duration = (fraction: number) => longest(graph.entry, fraction) + longest(root, fraction);

  const all = [...known.values()].flat();
  return {
    cost: unknown.length === 0 && priced ? rangeOf(cost) : null,
    durationMs: unknown.length === 0 ? rangeOf(duration) : null,
    calls: all.length,
    unknown,
    stages,
    simulated: all.some(({ simulated }) => simulated),
  };
}

const callsModel = ({ stage }: Node, effort: Effort) =>
  stage.work === undefined && stage.isSavedBy?.(effort) !== true;

const isPriced = (samples: readonly Sample[]) => samples.every(({ cost }) => cost !== null);
const costOfSample = ({ cost }: Sample) => cost ?? 0;

const estimateStage = (samples: readonly Sample[]): StageEstimate => ({
  durationMs: rangeOf((fraction) =>
    quantile(
      samples.map(({ ms }) => ms),
      fraction,
    ),
  ),
  cost: isPriced(samples) ? rangeOf((fraction) => quantile(samples.map(costOfSample), fraction)) : null,
});

const rangeOf = (at: (fraction: number) => number): Range => ({ low: at(0.1), high: at(0.9) });

/** Samples of the models that the run may call. Simulated ones only if there are no others. */
function relevant(samples: readonly Sample[], models: RunOptions['models'], role: Role): readonly Sample[] {
  const chosen = models[role];
  const matching = chosen ? samples.filter(({ model }) => chosen.includes(model)) : samples;
  const real = matching.filter(({ simulated }) => !simulated);
  return real.length > 0 ? real : matching;
}

/** The smallest value that at least this fraction of `values` does not exceed. 0 without values. */
function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? 0;
}
