import { graph, type ModelRequest } from '@codegen/pipeline';

/** A request to the model `llama3`. */
export const request: ModelRequest = {
  run: 'run-1',
  stage: graph.entry.stage,
  model: 'llama3',
  attempt: 1,
  prompt: { system: 'Be brief.', user: 'Hello?' },
};

/** A chunk of a streamed chat completion as a server-sent event. */
export const event = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
export const text = (content: string) =>
  event({ id: 'c-1', model: 'llama3:8b', choices: [{ delta: { content } }] });
export const stop = event({ choices: [{ delta: {}, finish_reason: 'stop' }] });
export const done = 'data: [DONE]\n\n';
