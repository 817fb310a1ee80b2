import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StageError } from '@codegen/pipeline';
import { request } from '@codegen/testing/network/chat-stream';
import { expect, onTestFinished } from 'vitest';
import { createModelClient, type ModelClientOptions } from '../../src/model/client.ts';

const never = new AbortController().signal;

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
