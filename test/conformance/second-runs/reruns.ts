import { fromQuery, graph, type Run } from '@codegen/pipeline';
import { lost, prefers, type Replies } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { COMPLEX, complexAfter, complexBut, LAST_STAGE } from '@codegen/testing/runs/case';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { expect } from 'vitest';

interface Rerun {
  readonly title: string;
  readonly replies: Replies;
  readonly from: string;
  /** The stages that the second run calls. */
  readonly calls: readonly string[];
}

/** A second run that starts at a stage of the first. */
export const reruns: readonly Rerun[] = [
  {
    title: 'the last stages run again alone',
    replies: {},
    from: 'compare',
    calls: ['compare', ...complexAfter('compare')],
  },
  {
    title: 'a stage of a branch runs again with the stages after it',
    replies: { compare: prefers('enhance.direct') },
    from: 'enhance.direct',
    calls: ['enhance.direct', 'compare', ...complexAfter('compare')],
  },
  {
    title: 'the first stage runs again with all others',
    replies: {},
    from: graph.entry.stage.name,
    calls: COMPLEX,
  },
  {
    title: 'a lost branch stays lost',
    replies: { 'generate.direct': lost },
    from: LAST_STAGE,
    calls: [LAST_STAGE],
  },
];

export async function checkRerun({ replies, from, calls }: Rerun, startExecutor: StartExecutor) {
  const models = scriptModels(replies);
  await using executor = await startExecutor(models);
  const first = await executor.run(fromQuery('Print a name'));
  const before = models.calls.length;
  const second = await executor.rerun(first, from);
  const called = models.calls.slice(before).map(({ stage }) => stage);
  expect(called.sort()).toEqual([...calls].sort());
  expect(second.outcome).toMatchObject({ status: 'completed', route: 'complex' });
  for (const name of complexBut(...calls)) expect(second.stages[name]).toEqual(reused(first, name));
}

const reused = ({ stages }: Run, name: string) =>
  expect.objectContaining({ output: stages[name]?.output ?? null, calls: [], reused: true });
