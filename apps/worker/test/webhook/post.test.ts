import { startWebhookReceiver } from '@codegen/testing/webhooks/webhook-receiver';
import { expect, test } from 'vitest';
import {
  AddressNotAllowed,
  allowedAddresses,
  lookupOf,
  postWebhook,
  resolveName,
} from '../../src/webhook/post.ts';

const PUBLIC = { address: '93.184.216.34', family: 4 };
const PUBLIC6 = { address: '2606:4700::1111', family: 6 };
const LOOPBACK = { address: '127.0.0.1', family: 4 };
const MAPPED = { address: '::ffff:127.0.0.1', family: 6 };

test.each([['127.0.0.1'], ['::1'], ['::ffff:10.0.0.1'], ['169.254.169.254']])(
  'rejects the address %s unless private ones are allowed, without resolving it',
  async (host) => {
    const unused = async () => expect.unreachable();
    await expect(allowedAddresses(host, false, unused)).rejects.toThrow(AddressNotAllowed);
    expect(await allowedAddresses(host, true, unused)).toMatchObject([{ address: host }]);
  },
);

test.each([
  ['loopback', [LOOPBACK]],
  ['public and loopback', [PUBLIC, LOOPBACK]],
  ['loopback and public', [LOOPBACK, PUBLIC, PUBLIC6]],
  ['public and a mapped loopback', [PUBLIC6, MAPPED]],
  ['public and an invalid address', [PUBLIC, { address: 'nonsense', family: 4 }]],
])('rejects a name that resolves to %s', async (_, addresses) => {
  const resolve = async () => addresses;
  await expect(allowedAddresses('example.com', false, resolve)).rejects.toThrow(AddressNotAllowed);
});

test('rejects localhost as this machine resolves it', async () => {
  await expect(allowedAddresses('localhost', false, resolveName)).rejects.toThrow(AddressNotAllowed);
  expect(await allowedAddresses('localhost', true, resolveName)).not.toEqual([]);
});

test('resolves a name once and returns all of its public addresses', async () => {
  const resolved: string[] = [];
  const resolve = async (host: string) => {
    resolved.push(host);
    return [PUBLIC, PUBLIC6];
  };
  const addresses = await allowedAddresses('example.com', false, resolve);
  expect(addresses).toEqual([PUBLIC, PUBLIC6]);
  expect(resolved).toEqual(['example.com']);
  const answered: unknown[] = [];
  const lookup = lookupOf(addresses);
  lookup('example.com', { all: true }, (...args) => answered.push(args));
  lookup('example.com', {}, (...args) => answered.push(args));
  lookupOf([])('example.com', {}, (error) => answered.push(error?.code));
  expect(answered).toEqual([[null, [PUBLIC, PUBLIC6]], [null, PUBLIC.address, 4], 'ENOTFOUND']);
});

const options = { headers: { 'X-A': 'b' }, body: '{}', allowPrivate: true };
const never = new AbortController().signal;

test('connects to the checked address and keeps the name in the Host header', async () => {
  await using receiver = await startWebhookReceiver();
  let lookups = 0;
  // A name that resolves to another address after the check (DNS rebinding).
  const resolve = async () => (lookups++ === 0 ? [LOOPBACK] : [{ address: '192.0.2.1', family: 4 }]);
  const url = new URL(`http://hooks.invalid:${receiver.port}/a?b=c`);
  expect(await postWebhook(url, { ...options, resolve }, never)).toBe(200);
  expect(lookups).toBe(1);
  expect(receiver.received).toMatchObject([
    {
      method: 'POST',
      path: '/a?b=c',
      body: '{}',
      headers: { host: `hooks.invalid:${receiver.port}`, 'x-a': 'b', 'content-length': '2' },
    },
  ]);
});

test('does not connect to a name that resolves to a private address', async () => {
  await using receiver = await startWebhookReceiver();
  for (const addresses of [[LOOPBACK], [PUBLIC, LOOPBACK]]) {
    const about = { ...options, allowPrivate: false, resolve: async () => addresses };
    const url = new URL(`http://hooks.invalid:${receiver.port}/`);
    await expect(postWebhook(url, about, never)).rejects.toThrow(AddressNotAllowed);
  }
  expect(receiver.received).toEqual([]);
});
