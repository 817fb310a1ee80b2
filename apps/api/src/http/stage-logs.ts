import type { StoredRun } from '@codegen/queue';
import type { AppDeps } from './route.ts';

/** Names of the stage logs that may contain answers to the calls of these runs, in the order of the stages. */
export function stageLogsOf(
  { graph, hasStageLogs }: Pick<AppDeps, 'graph' | 'hasStageLogs'>,
  runs: readonly Pick<StoredRun, 'stages'>[],
): string[] {
  if (!hasStageLogs) return [];
  const isCalled = (stage: string) => runs.some(({ stages }) => (stages[stage]?.calls.length ?? 0) > 0);
  const logs = graph.nodes.filter(({ stage }) => isCalled(stage.name)).map(({ stage }) => stage.log);
  return [...new Set(logs)];
}
