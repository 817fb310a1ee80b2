import { inspect } from 'node:util';
import { expect, inject, it } from 'vitest';
import { connectFailFast } from '../src/redis/connection.ts';
import { loggable } from '../src/redis/loggable.ts';

it('an error of Redis is logged without the command and its arguments', async () => {
  const redis = connectFailFast(inject('redisUrl'));
  try {
    await new Promise((resolve) => redis.once('ready', resolve));
    const error = await redis.call('HSET', 'key', 'what somebody asked').catch((reason: Error) => reason);
    expect(inspect(error, { depth: 5 })).toContain('what somebody asked');
    const shown = loggable(error);
    expect(inspect(shown, { depth: 5, showHidden: true })).not.toContain('what somebody asked');
    expect(shown).toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^ERR wrong number/) });
  } finally {
    redis.disconnect();
  }
});

it('any other error stays what it is, and whatever else is thrown is one', () => {
  const error = new RangeError('too far');
  expect(loggable(error)).toBe(error);
  expect(loggable('out of luck')).toEqual(new Error('out of luck'));
});
