import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { graph, type ModelRequest, StageError } from '@codegen/pipeline';
import { expect, onTestFinished } from 'vitest';
import { createModelClient, type ModelClientOptions } from '../../src/model/client.ts';

export const request: ModelRequest = {
  run: 'run-1',
  stage: graph.entry.stage,
  model: 'llama3',
  attempt: 1,
  prompt: { system: 'Be brief.', user: 'Hello?' },
};
const never = new AbortController().signal;

export const event = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
export const text = (content: string) =>
  event({ id: 'c-1', model: 'llama3:8b', choices: [{ delta: { content } }] });
export const stop = event({ choices: [{ delta: {}, finish_reason: 'stop' }] });
export const done = 'data: [DONE]\n\n';

export function clientOf(baseUrl: string, options: Partial<ModelClientOptions> = {}) {
  const client = createModelClient({
    baseUrl,
    apiKey: null,
    appName: 'Tests',
    httpReferer: 'https://example.com',
    timeoutMs: 30_000,
    ...options,
  });
  onTestFinished(() => client.close());
  return {
    ...client,
    callModel: (signal = never) => client.callModel(request, signal),
    failure: async (onText = (_text: string) => {}) => {
      const error: unknown = await client.callModel({ ...request, onText }, never).catch((reason) => reason);
      return error instanceof StageError ? error.failure : expect.fail(String(error));
    },
  };
}

/** Starts an OpenAI-compatible server without OpenRouter's extensions, and a client for it. Both close after the test. */
export async function serve(
  reply: (response: ServerResponse) => unknown,
  options: Partial<ModelClientOptions> = {},
) {
  const requests: { headers: IncomingMessage['headers']; body: Record<string, unknown> }[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const body = JSON.parse(Buffer.concat(await incoming.toArray()).toString());
    requests.push({ headers: incoming.headers, body });
    response.setHeader('content-type', 'text/event-stream');
    await reply(response);
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const client = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, options);
  return { ...client, requests, connections: () => connections };
}
