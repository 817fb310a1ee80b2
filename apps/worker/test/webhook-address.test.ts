import { expect, test } from 'vitest';
import { AddressNotAllowed, allowedAddresses, pinned, resolveName } from '../src/webhook-address.ts';
import { postWebhook } from '../src/webhook-post.ts';
import { startReceiver } from './receiver.ts';

const PUBLIC = { address: '93.184.216.34', family: 4 };
const PUBLIC6 = { address: '2606:4700::1111', family: 6 };
const LOOPBACK = { address: '127.0.0.1', family: 4 };
const MAPPED = { address: '::ffff:127.0.0.1', family: 6 };

test.each([['127.0.0.1'], ['::1'], ['::ffff:10.0.0.1'], ['169.254.169.254']])(
  '%s is not sent to',
  async (host) => {
    const unasked = async () => expect.unreachable();
    await expect(allowedAddresses(host, false, unasked)).rejects.toThrow(AddressNotAllowed);
    expect(await allowedAddresses(host, true, unasked)).toMatchObject([{ address: host }]);
  },
);

test.each([
  ['loopback', [LOOPBACK]],
  ['public and loopback', [PUBLIC, LOOPBACK]],
  ['loopback and public', [LOOPBACK, PUBLIC, PUBLIC6]],
  ['public and a mapped loopback', [PUBLIC6, MAPPED]],
  ['public and something that is no address', [PUBLIC, { address: 'nonsense', family: 4 }]],
])('a name that stands for %s is not sent to', async (_, addresses) => {
  const resolve = async () => addresses;
  await expect(allowedAddresses('example.com', false, resolve)).rejects.toThrow(AddressNotAllowed);
});

test('localhost is not sent to, as this machine resolves it', async () => {
  await expect(allowedAddresses('localhost', false, resolveName)).rejects.toThrow(AddressNotAllowed);
  expect(await allowedAddresses('localhost', true, resolveName)).not.toEqual([]);
});

test('a name is resolved once, and all of its public addresses are good', async () => {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return [PUBLIC, PUBLIC6];
  };
  const addresses = await allowedAddresses('example.com', false, resolve);
  expect(addresses).toEqual([PUBLIC, PUBLIC6]);
  expect(asked).toEqual(['example.com']);
  const answered: unknown[] = [];
  const lookup = pinned(addresses);
  lookup('example.com', { all: true }, (...args) => answered.push(args));
  lookup('example.com', {}, (...args) => answered.push(args));
  pinned([])('example.com', {}, (error) => answered.push(error?.code));
  expect(answered).toEqual([[null, [PUBLIC, PUBLIC6]], [null, PUBLIC.address, 4], 'ENOTFOUND']);
});

const options = { headers: { 'X-A': 'b' }, body: '{}', allowPrivate: true };
const never = new AbortController().signal;

test('connects to the address that was looked at, under the name that was given', async () => {
  await using receiver = await startReceiver();
  let asked = 0;
  // A name that moves to another address once it was looked at.
  const resolve = async () => (asked++ === 0 ? [LOOPBACK] : [{ address: '192.0.2.1', family: 4 }]);
  const url = new URL(`http://hooks.invalid:${receiver.port}/a?b=c`);
  expect(await postWebhook(url, { ...options, resolve }, never)).toBe(200);
  expect(asked).toBe(1);
  expect(receiver.received).toMatchObject([
    {
      method: 'POST',
      path: '/a?b=c',
      body: '{}',
      headers: { host: `hooks.invalid:${receiver.port}`, 'x-a': 'b', 'content-length': '2' },
    },
  ]);
});

test('a name that stands for a private address is not connected to', async () => {
  await using receiver = await startReceiver();
  for (const addresses of [[LOOPBACK], [PUBLIC, LOOPBACK]]) {
    const about = { ...options, allowPrivate: false, resolve: async () => addresses };
    const url = new URL(`http://hooks.invalid:${receiver.port}/`);
    await expect(postWebhook(url, about, never)).rejects.toThrow(AddressNotAllowed);
  }
  expect(receiver.received).toEqual([]);
});
