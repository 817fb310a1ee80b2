import type { ResolvedOutput, StageContext } from '../stages/stage.ts';
import type { Node } from '../stages/tree.ts';
import type { StageRecord } from './record.ts';
import type { Run } from './run.ts';

type Records = Readonly<Record<string, StageRecord>>;

/** Follows choices: the name of the stage whose own output counts as the output of `stage`. */
export function sourceOf(stages: Records, stage: string): string {
  const visited = new Set<string>();
  for (let at = stage; ; ) {
    const output = stages[at]?.output;
    if (output?.kind !== 'choice' || visited.has(at)) return at;
    visited.add(at);
    at = output.of;
  }
}

/** The output that counts for a stage, after choices; null if there is none or its record is missing. */
export function resolveOutput(stages: Records, stage: string): ResolvedOutput | null {
  const output = stages[sourceOf(stages, stage)]?.output ?? null;
  // Only a circle of choices leads to a choice.
  return output?.kind === 'choice' ? null : output;
}

/** What a stage of a run is given. */
export const contextOf = (
  { inputs }: Node,
  { conversation, seed, stages }: Pick<Run, 'conversation' | 'seed' | 'stages'>,
): StageContext => ({
  conversation,
  seed,
  inputs: inputs.map(({ stage: { name } }) => ({ stage: name, output: resolveOutput(stages, name) })),
});
