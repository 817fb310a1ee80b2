import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type Certificates, issueCertificates } from '@codegen/testing/network/certificates';
import { done, stop, text } from '@codegen/testing/network/chat-stream';
import { isOnPath } from '@codegen/testing/network/programs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientOf } from './stream-server.ts';

describe.skipIf(!isOnPath('openssl'))('over TLS', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await issueCertificates();
  });
  afterAll(() => certificates?.[Symbol.asyncDispose]());

  async function serve(version: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') {
    const { certificate, key } = certificates;
    const [cert, secret] = await Promise.all([readFile(certificate), readFile(key)]);
    const options = { cert, key: secret, minVersion: version, maxVersion: version };
    const requests: (string | undefined)[] = [];
    const resumed: boolean[] = [];
    const server = createServer(options, async (request, response) => {
      requests.push(request.method);
      await request.toArray();
      response.setHeader('content-type', 'text/event-stream');
      response.end(text('Hi.') + stop + done);
    });
    server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close().closeAllConnections());
    const client = clientOf(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    const dropConnections = () => server.closeIdleConnections();
    return { ...client, requests, resumed, dropConnections };
  }

  test('makes the first call on the connection of the warm-up', async () => {
    const { callModel, warmUp, requests, resumed } = await serve();
    await warmUp();
    expect(resumed).toEqual([false]);
    // A connection becomes idle one turn after its response.
    await setImmediate();
    await setImmediate();
    expect((await callModel()).text).toBe('Hi.');
    expect(requests).toEqual(['OPTIONS', 'POST']);
    expect(resumed).toEqual([false]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resumes the session of the first connection: %s',
    async (version) => {
      const { callModel, resumed, warmUp } = await serve(version);
      await warmUp();
      await Promise.all(Array.from({ length: 5 }, () => callModel()));
      expect(resumed.slice(1)).toContain(true);
      expect(resumed.slice(1)).not.toContain(false);
    },
  );

  test('resumes the session after idle connections were closed', async () => {
    const { callModel, resumed, dropConnections } = await serve();
    await callModel();
    dropConnections();
    await expect.poll(() => callModel().then(() => resumed)).toEqual([false, true]);
  });
});

test('warm-up resolves when the connection is refused', async () => {
  await clientOf('https://127.0.0.1:9/v1').warmUp();
});
