import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl, redisUrl } from '../../src/redis/redis-address.ts';

const REFUSED = [
  '',
  'localhost:6379',
  'http://localhost:6379',
  'redis://',
  'redis:///0',
  'redis://a:6379,b:6379',
  'redis://user:%E0%A4%A@host:6379',
  'unix://',
  'unix://relative.sock',
  'redis+cluster://',
  'redis+cluster://a',
  'redis+cluster://a:0',
  'redis+cluster://a:65536',
  'redis+cluster://a:6379,',
  'redis+cluster://a:6379,b',
  'redis+cluster://a:6379/main',
  'redis+cluster://a:6379?sentinelPassword=x',
  'redis+cluster://%ZZ@a:6379',
  'redis+cluster://user:pa@ss@a:6379',
  'redis+sentinel://a:26379',
  'redis+sentinel://a:26379/',
  'redis+sentinel://a:26379/main/0',
  'redis+sentinel://a:26379/main?password=x',
  'valkey://a:6379',
];

const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
const node = fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) });
const nodes = fc.array(node, { minLength: 1, maxLength: 6 });
const secret = fc.option(fc.string({ unit: 'grapheme', minLength: 1 }));
const master = fc.stringMatching(/^[\w.-]{1,20}$/);
const scheme = fc.constantFrom('redis', 'rediss');

const written = (list: readonly { host: string; port: number }[]) =>
  list.map((one) => `${one.host.includes(':') ? `[${one.host}]` : one.host}:${one.port}`).join(',');

/** `user:password@`, with either left out where it is null. */
const credentials = (username: string | null, password: string | null) => {
  if (username === null && password === null) return '';
  const second = password === null ? '' : `:${encodeURIComponent(password)}`;
  return `${encodeURIComponent(username ?? '')}${second}@`;
};

describe('parseRedisUrl', () => {
  it.each(REFUSED)('rejects %j', (text) => {
    expect(parseRedisUrl(text)).toBeNull();
  });

  it('returns null or an address for any text', () => {
    const parts = fc.constantFrom(
      'redis',
      's',
      '+cluster',
      '+sentinel',
      '://',
      ':',
      '@',
      '/',
      ',',
      '?',
      '%',
      'a',
      '1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((some) => some.join('')),
        ),
        (text) => {
          expect(() => parseRedisUrl(text)).not.toThrow();
        },
      ),
    );
  });

  it.each([
    'redis://localhost:6379',
    'redis://localhost',
    'redis://:secret@10.0.0.1:6380/2',
    'rediss://user:p%40ss@redis.example.com:6380',
    'redis://[::1]:6379',
  ])('may be that of one server: %s', (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: 'single', url });
  });

  it('accepts a socket', () => {
    expect(parseRedisUrl('unix:///run/redis.sock')).toEqual({ kind: 'single', url: '/run/redis.sock' });
  });

  it('accepts the nodes of a cluster', () => {
    fc.assert(
      fc.property(scheme, secret, secret, nodes, (start, username, password, list) => {
        const text = `${start}+cluster://${credentials(username, password)}${written(list)}`;
        const expected = { kind: 'cluster', nodes: list, username, password, tls: start === 'rediss' };
        expect(parseRedisUrl(text)).toEqual(expected);
      }),
    );
  });

  it('accepts sentinels and the name of a master', () => {
    fc.assert(
      fc.property(scheme, secret, secret, nodes, master, (start, username, password, list, name) => {
        const text = `${start}+sentinel://${credentials(username, password)}${written(list)}/${name}`;
        const sentinels = { username: null, password: null };
        const expected = {
          nodes: list,
          master: name,
          username,
          password,
          sentinels,
          tls: start === 'rediss',
        };
        expect(parseRedisUrl(text)).toEqual({ kind: 'sentinel', ...expected });
      }),
    );
  });

  it('separates the credentials of sentinels from those of the master', () => {
    fc.assert(
      fc.property(secret, secret, (username, password) => {
        const query = new URLSearchParams();
        if (username !== null) query.set('sentinelUsername', username);
        if (password !== null) query.set('sentinelPassword', password);
        expect(parseRedisUrl(`redis+sentinel://u:p@a:26379/main?${query}`)).toMatchObject({
          username: 'u',
          password: 'p',
          sentinels: { username, password },
        });
      }),
    );
  });
});

describe('REDIS_URL', () => {
  it('is rejected with a message that lists the forms and not the value', () => {
    const { error } = redisUrl.safeParse('redis+sentinel://user:secret@host');
    expect(error?.issues[0]?.message).toMatch(/redis\+sentinel:\/\/host:port,host:port\/master$/);
    expect(error?.message).not.toContain('secret');
  });

  it('may be unset', () => {
    expect(redisUrl.parse(undefined)).toBeNull();
  });
});
