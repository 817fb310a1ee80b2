import { expect, test } from 'vitest';
import { isPublic } from '../src/index.ts';

test.each([
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ['unique local', 'fc00::1', 'fd12:3456::1'],
  ['link-local and cloud metadata', '169.254.169.254', 'fe80::1', 'fd00:ec2::254'],
  ['site-local', 'fec0::1'],
  ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
  ['multicast and broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  [
    'mapped or wrapped IPv4',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::ffff:0:10.0.0.1',
  ],
  ['translated or tunnelled IPv4', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001::1'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  [
    'reserved',
    '192.0.0.1',
    '198.18.0.1',
    '240.0.0.1',
    '100::1',
    '5f00::1',
    '4000::1',
    'fe00::1',
    '2001:10::1',
  ],
])('treats %s addresses as not public', (_, ...addresses) => {
  for (const address of addresses) expect(isPublic(address), address).toBe(false);
});

test('treats text that is not an IP address as not public', () => {
  for (const text of ['', 'localhost', 'example.com', '[::1]', '1.2.3', '8.8.8.8.8', '999.1.1.1'])
    expect(isPublic(text), text).toBe(false);
});

test('treats addresses of the internet as public', () => {
  for (const address of [
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])
    expect(isPublic(address), address).toBe(true);
});
