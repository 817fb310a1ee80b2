import { inspect } from 'node:util';
import { expect, inject, it } from 'vitest';
import { connectFailFast, sanitizeError } from '../../src/redis/connection.ts';

it('removes the command and its arguments from an error of Redis', async () => {
  const redis = connectFailFast(inject('redisUrl'));
  try {
    await new Promise((resolve) => redis.once('ready', resolve));
    const error = await redis.call('HSET', 'key', 'what somebody asked').catch((reason: Error) => reason);
    expect(inspect(error, { depth: 5 })).toContain('what somebody asked');
    const shown = sanitizeError(error);
    expect(inspect(shown, { depth: 5, showHidden: true })).not.toContain('what somebody asked');
    expect(shown).toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^ERR wrong number/) });
  } finally {
    redis.disconnect();
  }
});

it('returns other errors unchanged, and wraps values that are no errors', () => {
  const error = new RangeError('too far');
  expect(sanitizeError(error)).toBe(error);
  expect(sanitizeError('out of luck')).toEqual(new Error('out of luck'));
});
