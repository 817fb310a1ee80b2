import { type Conversation, graph, inputsOf } from '@codegen/pipeline';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { COMPLEX, textOf } from '@codegen/testing/runs/case';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { expect } from 'vitest';

const ALL_TEXTS = [...new Set(COMPLEX.map((stage) => textOf(graph.node(stage))))];
const TURNS = ['FIRST TURN', 'SECOND TURN', 'THE REQUEST'] as const;

/** Each prompt contains the whole conversation, the outputs that its stage depends on, and no other output. */
export async function checkPrompts(startExecutor: StartExecutor) {
  const models = scriptModels({});
  await using executor = await startExecutor(models);
  const conversation: Conversation = [
    { role: 'user', content: TURNS[0] },
    { role: 'assistant', content: TURNS[1] },
    { role: 'user', content: TURNS[2] },
  ];
  const run = await executor.run(conversation);
  expect(run.conversation).toEqual(conversation);

  const seen = models.calls.map(({ stage, prompt: { user } }) => ({
    stage,
    turns: TURNS.filter((text) => user.includes(text)),
    outputs: ALL_TEXTS.filter((text) => user.includes(text)).sort(),
  }));
  const expected = COMPLEX.map((stage) => ({
    stage,
    turns: TURNS,
    outputs: inputsOf(graph.node(stage), {}).map(textOf).sort(),
  }));
  expect(seen.toSorted(byStage)).toEqual(expected.toSorted(byStage));

  const marks = models.calls.map(({ prompt: { user } }) => /^<[a-z]+-([0-9a-f]{8})>/.exec(user)?.[1]);
  expect(marks[0]).toBeDefined();
  expect(new Set(marks).size, 'one mark for all prompts of a run').toBe(1);
}

const byStage = (a: { stage: string }, b: { stage: string }) => a.stage.localeCompare(b.stage);
