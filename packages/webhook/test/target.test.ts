import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostOf, isPublic, readTarget, TargetError } from '../src/index.ts';

const reasonOf = (text: string, allowPrivate = false) => {
  try {
    return readTarget(text, allowPrivate).href;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return error.message;
  }
};

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://017700000001/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://127.0.0.1./',
  'http://%31%32%37.0.0.1/',
  'http://0/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[0:0:0:0:0:ffff:10.0.0.1]/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://169.254.169.254/latest/meta-data',
  'http://10.0.0.1:8080/',
  'http://localhost/',
  'http://LOCALHOST./',
  'http://a.localhost:8000/',
])('rejects %s as private, however it is spelt', (text) => {
  expect(reasonOf(text)).toBe('it must be an address of the public internet');
  expect(reasonOf(text, true)).toMatch(/^http:\/\//);
});

test.each([
  '',
  'example.com/hook',
  '//example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https:example.com',
  'https:/example.com',
  'https:\\\\example.com\\',
  'https:///example.com',
  'https://',
  'https://?x',
  'https://example.com:99999/',
  'https://256.1.1.1/',
  'https://[fe80::1%25eth0]/',
  'https://exa mple.com/',
  ' https://example.com/',
  'https://example.com/\n',
  'https://exämple.com/',
  'http://①②⑦.0.0.1/',
  'http://127。0。0。1/',
])('rejects %j as a webhook URL', (text) => {
  for (const allowPrivate of [true, false])
    expect(reasonOf(text, allowPrivate)).toBe(
      'it must be a URL that begins with https:// or http://, in ASCII',
    );
});

test.each(['https://user@example.com/', 'https://user:password@example.com/', 'https://:pw@example.com/'])(
  'rejects credentials in the URL: %s',
  (text) => expect(reasonOf(text)).toMatch(/no user and no password/),
);

test('accepts up to 2048 characters', () => {
  const url = `https://example.com/${'a'.repeat(2_028)}`;
  expect(url).toHaveLength(2_048);
  expect(reasonOf(url)).toBe(url);
  expect(reasonOf(`${url}a`)).toMatch(/2048 characters/);
});

test('normalizes an accepted URL and drops its fragment', () => {
  expect(reasonOf('HTTPS://Example.COM:443/a?b=c#d')).toBe('https://example.com/a?b=c');
  expect(reasonOf('http://8.8.8.8:8080')).toBe('http://8.8.8.8:8080/');
  expect(hostOf(readTarget('https://[2606:4700::1111]/', false))).toBe('2606:4700::1111');
});

test('accepts exactly the public IPv4 addresses, in any numeric spelling', () => {
  const spellings = fc.ipV4Extended().map((host) => `http://${host}/`);
  fc.assert(
    fc.property(spellings, (text) => {
      const url = new URL(text);
      expect(reasonOf(text)).toBe(
        isPublic(url.hostname) ? url.href : 'it must be an address of the public internet',
      );
    }),
  );
});
