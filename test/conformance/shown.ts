import type { Conversation } from '@codegen/pipeline';
import type { StartExecutor } from '@codegen/testing/executor';
import { scriptModels } from '@codegen/testing/models';
import { codeBy, SPECIFICATION } from '@codegen/testing/replies';
import { expect } from 'vitest';

/** What each stage is shown beside the conversation. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  classify: [],
  interpret: [],
  'generate.direct': [],
  'generate.interpreted': [SPECIFICATION],
  'enhance.direct': [codeBy('generate.direct')],
  'enhance.interpreted': [codeBy('generate.interpreted')],
  compare: [codeBy('enhance.direct'), codeBy('enhance.interpreted')],
  polish: [codeBy('enhance.interpreted')],
};
const MADE = [SPECIFICATION, ...Object.keys(SHOWN).map(codeBy)];
const TURNS = ['FIRST TURN', 'SECOND TURN', 'THE REQUEST'] as const;

/** Each prompt holds the whole conversation, the outputs its stage depends on, and no other. */
export async function shown(startExecutor: StartExecutor) {
  const models = scriptModels({});
  await using executor = await startExecutor(models);
  const conversation: Conversation = [
    { role: 'user', content: TURNS[0] },
    { role: 'assistant', content: TURNS[1] },
    { role: 'user', content: TURNS[2] },
  ];
  const run = await executor.run(conversation);
  expect(run.conversation).toEqual(conversation);

  const seen = models.asked.map(({ stage, prompt: { user } }) => ({
    stage,
    turns: TURNS.filter((text) => user.includes(text)),
    made: MADE.filter((text) => user.includes(text)),
  }));
  const expected = Object.entries(SHOWN).map(([stage, made]) => ({ stage, turns: TURNS, made }));
  expect(seen.toSorted(byStage)).toEqual(expected.toSorted(byStage));

  const marks = models.asked.map(({ prompt: { user } }) => /^<[a-z]+-([0-9a-f]{8})>/.exec(user)?.[1]);
  expect(marks[0]).toBeDefined();
  expect(new Set(marks).size, 'one mark for all prompts of a run').toBe(1);
}

const byStage = (a: { stage: string }, b: { stage: string }) => a.stage.localeCompare(b.stage);
