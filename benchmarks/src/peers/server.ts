import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromQuery, type Response } from '@codegen/pipeline';
import type { RunRequest } from './pipeline-steps.ts';

/** Minimal server for `GET /generate?query=…`, the same for every peer. Prints its address. */
export async function serve(generate: (runRequest: RunRequest) => Promise<Response>): Promise<void> {
  const server = createServer(async (request, response) => {
    try {
      const query = new URL(request.url ?? '/', 'http://peer').searchParams.get('query') ?? '';
      const runRequest = { id: randomUUID(), conversation: fromQuery(query), seed: randomInt(2 ** 32) };
      const body = JSON.stringify(await generate(runRequest));
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
}
