import type { RunOptions } from '../policy/options.ts';
import type { Role } from '../stages/role.ts';
import type { Route } from '../stages/stage.ts';
import type { Graph, Node } from '../stages/tree.ts';
import { costOf } from './event.ts';
import type { StageRecord } from './record.ts';

/** What one stage of one run took, from its start to its end, with all its calls. */
export interface Sample {
  /** The model that gave the answer, as it was asked for. */
  readonly model: string;
  readonly ms: number;
  /** US dollars; null where the server reports none. */
  readonly cost: number | null;
  /** The answer was canned. */
  readonly simulated: boolean;
}

/** What is to be learned from a stage that has ended; null if no model answered it. */
export function sampleOf(record: StageRecord): Sample | null {
  const call = record.calls.findLast(({ failure, durationMs }) => failure === null && durationMs !== null);
  if (record.status !== 'completed' || call === undefined || record.endedAt === null) return null;
  const ms = Math.max(0, record.endedAt - record.startedAt);
  return { model: call.model, ms, cost: costOf(record), simulated: call.simulated };
}

/** Of ten runs, one is expected below and one above. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  /** US dollars of all stages; null if nothing is known of one of them. */
  readonly cost: Range | null;
  /** Milliseconds along the longest way through the route, without a wait for a worker; null likewise. */
  readonly durationMs: Range | null;
  /** How many answers of models it rests on. */
  readonly calls: number;
  /** Stages of which no answer is known. */
  readonly unknown: readonly string[];
  /** It rests on canned answers: no model's are known. */
  readonly simulated: boolean;
}

/** What a run of a route is likely to take, judged by what its stages took lately. */
export function estimate(
  graph: Graph,
  route: Route,
  lately: Readonly<Record<string, readonly Sample[]>>,
  models: RunOptions['models'] = {},
): Estimate {
  const root = graph.routes[route];
  const nodes = [graph.entry, ...graph.stagesOf(route)];
  const known = new Map(
    nodes.map(({ stage }) => [stage.name, telling(lately[stage.name] ?? [], models, stage.role)]),
  );
  const of = ({ stage }: Node) => known.get(stage.name) ?? [];
  const unknown = nodes.filter((node) => of(node).length === 0).map(({ stage }) => stage.name);
  const priced = nodes.every((node) => of(node).every(({ cost }) => cost !== null));

  const cost = (part: number) =>
    nodes
      .map((node) =>
        quantile(
          of(node).map((one) => one.cost ?? 0),
          part,
        ),
      )
      .reduce((a, b) => a + b, 0);
  const longest = (node: Node, part: number): number =>
    quantile(
      of(node).map(({ ms }) => ms),
      part,
    ) + Math.max(0, ...node.inputs.map((one) => longest(one, part)));
  const duration = (part: number) => longest(graph.entry, part) + longest(root, part);

  const all = [...known.values()].flat();
  return {
    cost: unknown.length === 0 && priced ? rangeOf(cost) : null,
    durationMs: unknown.length === 0 ? rangeOf(duration) : null,
    calls: all.length,
    unknown,
    simulated: all.some(({ simulated }) => simulated),
  };
}

const rangeOf = (at: (part: number) => number): Range => ({ low: at(0.1), high: at(0.9) });

/** Of the models that would be asked, if the caller chose them; canned answers only where there are no others. */
function telling(samples: readonly Sample[], models: RunOptions['models'], role: Role): readonly Sample[] {
  const chosen = models[role];
  const fitting = chosen ? samples.filter(({ model }) => chosen.includes(model)) : samples;
  const real = fitting.filter(({ simulated }) => !simulated);
  return real.length > 0 ? real : fitting;
}

/** The smallest value that so large a part of all does not exceed; 0 of none. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
