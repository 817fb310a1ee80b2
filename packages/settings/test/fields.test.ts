import { describe, expect, test } from 'vitest';
import {
  boolean,
  duration,
  integer,
  list,
  logLevel,
  type Setting,
  shutdownGrace,
  url,
} from '../src/index.ts';

const read = (field: Setting, text: string | undefined) => {
  const { success, data, error } = field.safeParse(text);
  return success ? data : `must be ${error.issues.map(({ message }) => message).join()}`;
};

describe('integer', () => {
  const field = integer(1, 100, 7);

  test.each([
    '0',
    '101',
    '-1',
    '+1',
    '1.0',
    '1e1',
    '0x1',
    'one',
    '1 0',
    '１',
    '9'.repeat(30),
    'NaN',
    'Infinity',
  ])('rejects %s', (text) => {
    expect(read(field, text)).toBe('must be a whole number from 1 to 100');
  });

  test.each([
    [undefined, 7],
    ['1', 1],
    ['100', 100],
    ['007', 7],
  ])('reads %s as %d', (text, value) => {
    expect(read(field, text)).toBe(value);
  });
});

describe('duration', () => {
  const field = duration(60, 86_400, 3_600);

  test.each(['59', '59s', '0m', '25h', '2d', '-1h', '1.5h', '1 h', '1H', '1w', 'h', '1h30m', 'PT1H'])(
    'rejects %s',
    (text) => {
      expect(read(field, text)).toBe(
        'must be 60 to 86400 seconds, or as many minutes, hours or days, as in 90m, 12h or 7d',
      );
    },
  );

  test.each([
    [undefined, 3_600],
    ['60', 60],
    ['60s', 60],
    ['90m', 5_400],
    ['12h', 43_200],
    ['1d', 86_400],
  ])('reads %s as %d seconds', (text, value) => {
    expect(read(field, text)).toBe(value);
  });
});

describe('boolean', () => {
  test.each(['yes', '1', 'TRUE', 'on'])('rejects %s', (text) => {
    expect(read(boolean(false), text)).toBe('must be true or false');
  });

  test('reads true and false, and its default when not set', () => {
    expect(read(boolean(false), 'true')).toBe(true);
    expect(read(boolean(true), 'false')).toBe(false);
    expect(read(boolean(true), undefined)).toBe(true);
    expect(read(boolean(false), undefined)).toBe(false);
  });
});

describe('list', () => {
  test.each([',', ' , ,'])('rejects “%s”, which has no items', (text) => {
    expect(read(list(['a']), text)).toBe('must be one or more names between commas');
  });

  test.each([
    [undefined, ['a', 'b']],
    ['x', ['x']],
    [' x , y,,x, ', ['x', 'y']],
  ])('reads %s as %j', (text, items) => {
    expect(read(list(['a', 'b']), text)).toEqual(items);
  });
});

describe('url', () => {
  const field = url(['http', 'https']);

  test.each([
    'localhost:8080',
    'ftp://localhost',
    'http:',
    'http://',
    'http:localhost',
    'http:/localhost',
    'http:///localhost',
    '//localhost',
    'http://a b',
    'javascript:alert(1)',
    'http://host:99999',
  ])('rejects %s', (text) => {
    expect(read(field, text)).toBe('must be a URL that begins with http:// or https://');
  });

  test.each([
    [undefined, null],
    ['http://localhost', 'http://localhost'],
    ['https://host/v1/', 'https://host/v1'],
    ['http://host:11434/v1//', 'http://host:11434/v1'],
    ['HTTP://Host/V1', 'HTTP://Host/V1'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('reads %s as %s', (text, value) => {
    expect(read(field, text)).toBe(value);
  });
});

describe('settings of all processes', () => {
  test('include a log level', () => {
    expect(read(logLevel, undefined)).toBe('info');
    expect(read(logLevel, 'trace')).toBe('trace');
    expect(read(logLevel, 'INFO')).toMatch(/^must be fatal, error/);
  });

  test('include a grace period', () => {
    expect(read(shutdownGrace, '0')).toBe(0);
    expect(read(shutdownGrace, '3601')).toBe('must be a whole number from 0 to 3600');
  });
});
