import { graph, type ModelRequest, StageError } from '@codegen/pipeline';
import type { Simulator } from '@codegen/simulator';
import { createModelClient, type ModelClientOptions } from '../../src/model/client.ts';

export const request: ModelRequest = {
  run: 'run-1',
  stage: graph.entry.stage,
  model: 'mistralai/mistral-small-3.2-24b-instruct',
  attempt: 1,
  prompt: {
    system: 'You are the "answer" stage of a code-generation pipeline.',
    user: 'Write a function that adds two numbers in Python.',
  },
};

/** A model client that treats the simulator as OpenRouter. */
export const clientOf = (
  { baseUrl }: Pick<Simulator, 'baseUrl'>,
  options: Partial<ModelClientOptions> = {},
) =>
  createModelClient({
    baseUrl,
    apiKey: 'sk-test-right',
    appName: 'Tests',
    httpReferer: null,
    timeoutMs: 30_000,
    openRouter: true,
    ...options,
  });

/** The StageError of a call that is expected to fail. */
export async function errorOf(call: Promise<unknown>): Promise<StageError> {
  const outcome: unknown = await call.catch((reason) => reason);
  if (outcome instanceof StageError) return outcome;
  throw new Error(`expected a StageError: ${String(outcome)}`);
}
