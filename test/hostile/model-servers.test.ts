import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkServers } from '@codegen/worker';
import { resolveRoles } from '@codegen/worker/servers';
import { workerSettings } from '@codegen/worker/settings';
import { expect, onTestFinished, test } from 'vitest';
import { CORPUS } from './corpus.ts';

/** Serves `GET /v1/models` with a status and a body. */
async function serve(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const messageOf = async (BASE_URL: string): Promise<string> => {
  const roles = resolveRoles(workerSettings.parse({ BASE_URL }));
  const error: unknown = await checkServers(roles).catch((reason) => reason);
  return error instanceof Error ? error.message : expect.fail();
};

const STEERS = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;
const texts = CORPUS.map(({ text }) => text.toWellFormed());

test('ids of models are quoted as one line each, without invisible characters', async () => {
  for (const text of texts) {
    const message = await messageOf(await serve(200, JSON.stringify({ data: [{ id: text }, { id: 'b' }] })));
    expect(message).toContain('MODEL is not');
    expect(message.split('\n').length).toBeLessThanOrEqual(3);
    expect(message).not.toMatch(STEERS);
  }
});

test('reasons of a rejected key are quoted as one line without invisible characters', async () => {
  for (const text of texts) {
    const message = await messageOf(await serve(401, JSON.stringify({ error: { message: text } })));
    expect(message).toMatch(/^The model server at \S+ requires a key; set MODEL_API_KEY\./);
    expect(message).not.toMatch(/\n/);
    expect(message).not.toMatch(STEERS);
  }
});

test('a list that never ends is refused', async () => {
  const message = await messageOf(await serve(200, 'x'.repeat(17 * 2 ** 20)));
  expect(message).toMatch(/sends more than a list of models; check BASE_URL/);
});

test('a deeply nested body does not hide that a key is rejected', async () => {
  const depth = 100_000;
  const message = await messageOf(await serve(401, '['.repeat(depth) + ']'.repeat(depth)));
  expect(message).toMatch(/^The model server at \S+ requires a key; set MODEL_API_KEY\./);
});
