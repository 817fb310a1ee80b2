import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { integer, list, logLevel, readSettings, SettingsError, url } from '../src/index.ts';

const schema = z.object({
  PORT: integer(0, 65_535, 8000),
  NAME: z
    .string()
    .regex(/^\w{1,10}$/, 'up to 10 letters')
    .default('nobody'),
  BASE_URL: url(['http', 'https']),
  API_KEY: z.string().regex(/^k-/, 'a key').optional(),
  MODELS: list(['a']),
  LOG_LEVEL: logLevel,
});

const messageFor = (env: Record<string, string>): string => {
  try {
    readSettings(schema, env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  return 'no error';
};

describe('an invalid setting', () => {
  test('is reported with its value and the allowed ones', () => {
    expect(messageFor({ PORT: 'abc' })).toBe('PORT is "abc"; it must be a whole number from 0 to 65535');
  });

  test('is reported in one line with the other invalid ones', () => {
    expect(messageFor({ PORT: '-1', NAME: 'a b', LOG_LEVEL: 'loud' })).toBe(
      'PORT is "-1"; it must be a whole number from 0 to 65535; NAME is "a b"; it must be up to 10 letters; ' +
        'LOG_LEVEL is "loud"; it must be fatal, error, warn, info, debug, trace or silent',
    );
  });

  test('is escaped if it contains line breaks', () => {
    expect(messageFor({ PORT: 'a\nb\r\u2028c' })).not.toMatch(/[\r\n]/);
  });

  test.each([
    ['a key', { API_KEY: 'hunter2' }, 'hunter2'],
    ['a key under the wrong name', { PORT: 'sk-hunter2' }, 'hunter2'],
    ['a long value that may be a key', { NAME: `${'hunter2'.repeat(6)} ` }, 'hunter2'],
    ['a URL with a password', { BASE_URL: 'ftp://me:hunter2@host/' }, 'hunter2'],
  ])('is hidden if it is %s', (_, env, secret) => {
    const message = messageFor(env);
    expect(message).toContain('is not valid; it must be');
    expect(message).not.toContain(secret);
  });
});

describe('settings', () => {
  test('have defaults', () => {
    expect(readSettings(schema, {})).toEqual({
      PORT: 8000,
      NAME: 'nobody',
      BASE_URL: null,
      API_KEY: undefined,
      MODELS: ['a'],
      LOG_LEVEL: 'info',
    });
  });

  test('count as not set when blank', () => {
    const blank = { PORT: '', NAME: ' ', BASE_URL: '\t', API_KEY: '\n', MODELS: '', LOG_LEVEL: ' ' };
    expect(readSettings(schema, blank)).toEqual(readSettings(schema, {}));
  });

  test('are trimmed', () => {
    expect(readSettings(schema, { PORT: ' 80 ', NAME: 'me\n' })).toMatchObject({ PORT: 80, NAME: 'me' });
  });

  test('are read by their exact names; other variables are ignored', () => {
    expect(readSettings(schema, { port: '1', PORT_: '2', OTHER: 'x' })).toEqual(readSettings(schema, {}));
  });
});
