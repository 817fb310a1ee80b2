import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { graph } from '@codegen/pipeline';
import type { Delivery } from '@codegen/queue';
import {
  type ReceivedWebhook,
  type Responder,
  respondWith,
  startWebhookReceiver,
} from '@codegen/testing/webhooks/webhook-receiver';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { createWebhookSender, type WebhookSenderOptions } from '../../src/webhook/sender.ts';
import { finishedRun } from './finished-run.ts';

const KEYS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const secretOf = (key: Buffer) => `whsec_${key.toString('base64')}`;
const OPTIONS = { graph, retentionSeconds: 600, keys: KEYS, allowPrivate: true };
const never = new AbortController().signal;

const { id, run } = finishedRun();

const send = (url: string, own: Partial<WebhookSenderOptions> = {}, signal = never) => {
  const delivery: Delivery = { messageId: `msg_${id}`, url, run };
  return createWebhookSender({ ...OPTIONS, ...own })(delivery, signal);
};

test.each([301, 302, 303, 307, 308])(
  'returns the status of a redirect (%i) and does not follow it',
  async (status) => {
    await using other = await startWebhookReceiver();
    await using receiver = await startWebhookReceiver([respondWith(status, { Location: other.url })]);
    expect(await send(receiver.url)).toEqual({ status, error: null });
    expect(other.received).toEqual([]);
  },
);

test('reports an unreachable, a silent and a non-HTTP receiver by different codes', async () => {
  const receiver = await startWebhookReceiver();
  await receiver[Symbol.asyncDispose]();
  expect(await send(receiver.url)).toEqual({ status: null, error: 'connection-failed' });

  await using silent = await startWebhookReceiver([() => {}]);
  expect(await send(silent.url, { timeoutMs: 50 })).toEqual({ status: null, error: 'timed-out' });

  const mailServer = createServer((socket) => socket.resume().end('220 mail\r\n')).listen(0, '127.0.0.1');
  await once(mailServer, 'listening');
  const address = mailServer.address();
  const port = typeof address === 'object' ? address?.port : 0;
  expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ status: null, error: 'no-http' });
  await new Promise((resolve) => mailServer.close(resolve));
});

test.each<[string, Responder]>([
  ['closes the connection', (response) => void response.destroy()],
  [
    'switches protocols',
    (response) =>
      void response.socket?.end('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
])('reports a failed connection when the receiver %s', async (_, answer) => {
  await using receiver = await startWebhookReceiver([answer]);
  expect(await send(receiver.url)).toEqual({ status: null, error: 'connection-failed' });
});

test('reports a name that does not resolve, and times out while resolving', async () => {
  const fails = async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  };
  const url = 'http://hooks.invalid/';
  expect(await send(url, { resolve: fails })).toEqual({ status: null, error: 'name-not-found' });
  const hangs = () => new Promise<never>(() => {});
  expect(await send(url, { resolve: hangs, timeoutMs: 20 })).toEqual({ status: null, error: 'timed-out' });
});

test.each([
  'http://127.0.0.1:1/',
  'http://0x7f.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://localhost/',
  'http://a:b@8.8.8.8/',
])('checks the URL again before sending: %s', async (url) => {
  expect(await send(url, { allowPrivate: false })).toEqual({ status: null, error: 'address-not-allowed' });
});

test('rejects with the reason of the signal when aborted', async () => {
  await using receiver = await startWebhookReceiver([() => stop.abort(new Error('closing'))]);
  const stop = new AbortController();
  await expect(send(receiver.url, {}, stop.signal)).rejects.toThrow('closing');
  await expect(send(receiver.url, {}, stop.signal)).rejects.toThrow('closing');
  expect(receiver.received).toHaveLength(1);
});

test.each<[string, Responder]>([
  ['is large', (response) => void response.writeHead(200).end('x'.repeat(1_000_000))],
  ['does not end', (response) => void response.writeHead(200).write('x')],
  [
    'breaks off',
    (response) =>
      void response.writeHead(200, { 'Content-Length': '9' }).write('x', () => response.destroy()),
  ],
])('returns the status of a response whose body %s', async (_, answer) => {
  await using receiver = await startWebhookReceiver([answer]);
  expect(await send(receiver.url)).toEqual({ status: 200, error: null });
});

test('sends a message that receivers can verify with any of the secrets', async () => {
  await using receiver = await startWebhookReceiver([respondWith(503), respondWith(204)]);
  expect(await send(receiver.url)).toEqual({ status: 503, error: null });
  expect(await send(receiver.url)).toEqual({ status: 204, error: null });
  for (const { method, path, headers, body } of receiver.received) {
    expect([method, path]).toEqual(['POST', '/hook?a=b']);
    expect(headers).toMatchObject({
      'webhook-id': `msg_${id}`,
      'content-type': 'application/json; charset=utf-8',
    });
    for (const key of KEYS) {
      const message = new Webhook(secretOf(key)).verify(body, headers as Record<string, string>);
      expect(message).toMatchObject({
        type: 'job.finished',
        timestamp: '1970-01-01T00:00:02.000Z',
        data: {
          id,
          status: 'cancelled',
          query: 'Say “ü”',
          metadata: { ticket: '17' },
          result: null,
          problem: null,
        },
      });
      expect(message).not.toHaveProperty('data.webhook');
    }
    expect(() =>
      new Webhook(secretOf(Buffer.alloc(32, 3))).verify(body, headers as Record<string, string>),
    ).toThrow();
  }
  expect(receiver.received).toHaveLength(2);
});

test('signs exactly the bytes that it sends, once per secret and in their order', async () => {
  await using receiver = await startWebhookReceiver();
  await send(receiver.url);
  const [{ headers, bytes }] = receiver.received as [ReceivedWebhook];
  expect(bytes.toString()).toContain('“ü”');
  expect(Number(headers['content-length'])).toBe(bytes.length);
  expect(Math.abs(Date.now() / 1_000 - Number(headers['webhook-timestamp']))).toBeLessThan(60);
  const signed = Buffer.concat([Buffer.from(`msg_${id}.${headers['webhook-timestamp']}.`), bytes]);
  const signatures = KEYS.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  expect(headers['webhook-signature']).toBe(signatures.join(' '));
});

test('aborts a receiver that sends interim responses without end', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const send = () => {
      while (socket.writable && socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
    };
    socket.on('drain', send);
    socket.once('data', send);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ status: null, error: 'no-http' });
  } finally {
    server.close();
  }
});

test('signs with the secrets of the caller only, and sends nothing without one', async () => {
  await using receiver = await startWebhookReceiver();
  const own = Buffer.alloc(32, 3);
  await send(receiver.url, { callerKeys: [{ caller: run.caller, key: own }] });
  const [{ headers, body }] = receiver.received as [ReceivedWebhook];
  const isSignedBy = (key: Buffer) => {
    try {
      return new Webhook(secretOf(key)).verify(body, headers as Record<string, string>) !== undefined;
    } catch {
      return false;
    }
  };
  expect([...KEYS, own].map(isSignedBy)).toEqual([false, false, true]);
  const callerKeys = [{ caller: 'another', key: own }];
  expect(await send(receiver.url, { keys: [], callerKeys })).toEqual({ status: null, error: 'no-secret' });
  expect(receiver.received).toHaveLength(1);
});
