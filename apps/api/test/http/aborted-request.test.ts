import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Service, startService } from '@codegen/testing/api/service';
import { reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

/** A service whose model answers after `release`, and a client that waits for it. */
async function startBlocked() {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const service = await startService({
    replies: {
      classify: reply('simple'),
      async answer(call, moments) {
        await promise;
        return writes(call, moments);
      },
    },
  });
  return { service, release };
}

async function ask(
  { url, models }: Service,
  bytes = '',
): Promise<{ client: Socket; closed: Promise<unknown>; path: string }> {
  const { hostname, port } = new URL(url);
  const client = connect({ host: hostname, port: Number(port) });
  await once(client, 'connect');
  client.resume().write(`GET /generate?query=hello HTTP/1.1\r\nHost: x\r\n\r\n${bytes}`);
  const closed = once(client, 'close');
  await models.whenCalled('answer');
  return { client, closed, path: `/jobs/${models.calls[0]?.run}` };
}

test.each([
  ['half-closes the connection', (client: Socket) => client.end()],
  ['closes the connection', (client: Socket) => client.destroy()],
  ['resets the connection', (client: Socket) => client.resetAndDestroy()],
])('continues the job when the client %s', async (_, leave) => {
  const { service, release } = await startBlocked();
  await using _service = service;
  const { client, closed, path } = await ask(service);
  leave(client);
  await closed;
  expect((await service.get(path)).json.status).toBe('running');
  release();
  await service.finished(path);
  expect((await service.get(path)).json.result).toEqual(simpleResponse);
});

test('continues the job when the client sends invalid bytes after its request', async () => {
  const { service, release } = await startBlocked();
  await using _service = service;
  const { closed, path } = await ask(service, 'nonsense\r\n\r\n');
  await closed;
  release();
  await service.finished(path);
  expect((await service.get(path)).json.result).toEqual(simpleResponse);
  expect((await service.get('/healthz')).status).toBe(200);
});

test('answers pipelined requests in order', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  await using service = await startService({ replies: { classify: reply('simple') } });
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port) });
  const count = 20;
  const last = count - 1;
  for (let i = 0; i < count; i++) {
    const end = i === last ? 'Connection: close\r\n' : '';
    client.write(`GET /generate?query=${i} HTTP/1.1\r\nHost: x\r\n${end}\r\n`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk);
  const ids = [
    ...Buffer.concat(chunks)
      .toString()
      .matchAll(/X-Job-Id: (\S+)/g),
  ].map((match) => match[1]);
  const queries = await Promise.all(ids.map(async (id) => (await service.get(`/jobs/${id}`)).json.query));
  expect(queries).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});
