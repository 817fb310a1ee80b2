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
  if (from === graph.entry.stage.name) return FROM_THE_START;
  const route = ROUTES.find((one) => graph.stagesOf(one).some(({ stage }) => stage.name === from));
  if (route === undefined || (route !== taken && stages[from] === undefined)) return null;
  const isKept = ({ stage: { name } }: Node) => name !== from && isReusable(stages[name]);
  if (!isKept(graph.entry)) return FROM_THE_START;
  const kept = graph.stagesOf(route).filter((node) => isKept(node) && stagesBelow(node).every(isKept));
  const records = [graph.entry, ...kept].map(({ stage: { name } }) => [name, reuse(stages[name]!)] as const);
  return { route, stages: Object.fromEntries(records) };
}

const FROM_THE_START = { route: null, stages: {} } as const;

const isReusable = (record: StageRecord | undefined) =>
  hasEnded(record) &&
  record.status !== 'cancelled' &&
  record.failure?.intent !== 'failRun' &&
  !isExhausted(record.failure);

const reuse = (record: StageRecord): StageRecord => ({ ...record, calls: [], reused: true });
