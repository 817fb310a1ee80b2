import { once } from 'node:events';
import { Agent, get as request } from 'node:http';
import { connect } from 'node:net';
import { startService, until } from '@codegen/testing/api/service';
import { reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

test('answers waiting requests with 202 and continues their jobs', async () => {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  await using service = await startService({
    replies: {
      classify: reply('simple'),
      async answer(call, moments) {
        await promise;
        return writes(call, moments);
      },
    },
  });
  const waiting = [1, 2, 3].map((i) => service.get(`/generate?query=${i}`));
  await until(async () => service.models.calls.filter(({ stage }) => stage === 'answer').length === 3);
  await service.close();
  const replies = await Promise.all(waiting);
  expect(replies.map(({ status }) => status)).toEqual([202, 202, 202]);
  release();
  for (const { headers } of replies) {
    const run = await service.finished(headers.get('Location') ?? '');
    expect(run.outcome).toMatchObject({ status: 'completed', response: simpleResponse });
  }
});

test('accepts no requests after closing, and can be closed twice', async () => {
  await using service = await startService({ worker: false });
  await Promise.all([service.close(), service.close()]);
  await service.close();
  await expect(service.get('/healthz')).rejects.toThrow('fetch failed');
});

test('closes idle keep-alive connections', async () => {
  await using service = await startService({ worker: false });
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(request(`${service.url}/healthz`, { agent }), 'response');
  response.resume();
  await once(response, 'end');
  await service.close();
  agent.destroy();
});

test.each([
  ['nothing yet', ''],
  ['half a request line', 'GET /gene'],
  ['half the headers', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
  ['half a body', 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello'],
])('closes a connection that has sent %s', async (_, bytes) => {
  await using service = await startService({ worker: false });
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(client, 'connect');
  client.resume().write(bytes);
  // By now the server has read the bytes that were sent before on the other connection.
  await service.get('/healthz');
  const gone = once(client, 'close');
  client.on('end', () => client.destroy());
  client.on('error', () => {});
  await service.close();
  client.destroy();
  await gone;
});
