import { type Graph, type Node, stagesBelow } from '../graph/define-graph.ts';
import { hasEnded, type StageRecord } from '../run/record.ts';
import type { Run } from '../run/run.ts';
import { ROUTES } from '../stages/stage.ts';
import { isExhausted } from './options.ts';

/**
 * What a new run of the same request takes over from a finished one if it starts again at the stage `from`: the route, and
 * the records of the stages that do not depend on `from`. A stage that never ended, or whose failure ended the run, runs
 * again too, with all stages that depend on it. The copied records have no calls, so that nothing is paid twice.
 * @returns null if `from` is no stage of the run
 */
export function reusableRecords(
  graph: Graph,
  { route: taken, stages }: Pick<Run, 'route' | 'stages'>,
  from: string,
): Pick<Run, 'route' | 'stages'> | null {
  const isKept = ({ stage: { name } }: Node) => name !== from && isReusable(stages[name]);
  const copy = (nodes: readonly Node[]) =>
    Object.fromEntries(nodes.map(({ stage: { name } }) => [name, reuse(stages[name]!)]));
  // Most runs have no stage before the first.
  const before = stagesBelow(graph.entry).filter(({ stage }) => stages[stage.name] !== undefined);
  const first = [...before, graph.entry];
  const isFirst = first.some(({ stage }) => stage.name === from);
  const route = ROUTES.find((one) => graph.stagesOf(one).some(({ stage }) => stage.name === from));
  if (!isFirst && (route === undefined || (route !== taken && stages[from] === undefined))) return null;
  if (route === undefined || !first.every(isKept))
    return { route: null, stages: copy(before.filter(isKept)) };
  const kept = graph.stagesOf(route).filter((node) => isKept(node) && stagesBelow(node).every(isKept));
  return { route, stages: copy([...first, ...kept]) };
}

const isReusable = (record: StageRecord | undefined) =>
  hasEnded(record) &&
  record.status !== 'cancelled' &&
  record.failure?.intent !== 'failRun' &&
  !isExhausted(record.failure);

const reuse = (record: StageRecord): StageRecord => ({ ...record, calls: [], reused: true });
