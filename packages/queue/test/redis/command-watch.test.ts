import { randomUUID } from 'node:crypto';
import { commandsWith, countCommands, watchCommands } from '@codegen/testing/redis/command-watch';
import { describe, expect, inject, it } from 'vitest';
import { connectBlocking } from '../../src/redis/connection.ts';

describe.skipIf(inject('redisKind') === 'embedded')('a watch on the commands of Redis', () => {
  it('counts commands of clients and scripts, and a transaction as one round trip', async () => {
    const key = `watched-${randomUUID()}`;
    const redis = connectBlocking(inject('redisUrl'));
    await using watch = await watchCommands(inject('redisUrl'));
    await redis.set(key, 1);
    await redis.multi().incr(key).incr(key).exec();
    await redis.eval('redis.call("get", KEYS[1]) return redis.call("del", KEYS[1])', 1, key);
    // Commands of the watch itself are not counted.
    await redis.ping();
    const commands = commandsWith(await watch.commands(), key);
    redis.disconnect();
    expect(countCommands(commands.filter(({ client }) => client !== null))).toEqual({
      sent: 6,
      roundTrips: 3,
      executed: 6,
      names: { set: 1, multi: 1, incr: 2, exec: 1, eval: 1 },
    });
    expect(commands.filter(({ client }) => client === null).map(({ name }) => name)).toEqual(['get', 'del']);
  });
});
