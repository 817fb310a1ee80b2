import { randomUUID } from 'node:crypto';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { openFollowers } from '../src/jobs/followers.ts';
import { connectBlocking } from '../src/redis/connection.ts';
import { keysOf } from '../src/redis/keys.ts';
import { until } from './queue.ts';

const SELDOM_MS = 1_000_000;
const OFTEN_MS = 10;
const NEVER = new AbortController().signal;

const redis = connectBlocking(inject('redisUrl'));
afterAll(() => redis.disconnect());

function open(recheckMs: number, redisUrl = inject('redisUrl')) {
  const keys = keysOf(`followers-${randomUUID()}`);
  const subscriber = connectBlocking(redisUrl);
  const followers = openFollowers(redis, subscriber, keys, recheckMs);
  onTestFinished(() => {
    followers.close();
    subscriber.disconnect();
  });
  return {
    followers,
    subscriber,
    keys,
    async begin() {
      const id = randomUUID();
      await redis.hset(keys.run(id), 'createdAt', 1);
      return id;
    },
    /** As if the message had been lost. */
    tellInSilence: (id: string) => redis.hincrby(keys.run(id), 'events', 1),
    subscribers: async (id: string) => Number((await redis.pubsub('NUMSUB', keys.told(id)))[1]),
  };
}

test('whoever follows a run is woken when the subscription stands, and by each message', async () => {
  const { followers, keys, begin } = open(SELDOM_MS);
  const id = await begin();
  using follower = followers.follow(id, 0, NEVER);
  using other = followers.follow(id, 0, NEVER);
  await Promise.all([follower.more(), other.more()]);
  const more = [follower.more(), other.more()];
  await redis.publish(keys.told(id), '');
  await Promise.all(more);
  // One that comes while nobody listens is not forgotten.
  await redis.publish(keys.told(id), '');
  await Promise.all([follower.more(), other.more()]);
});

test('a message that was lost is noticed with the next look', async () => {
  const { followers, begin, tellInSilence } = open(OFTEN_MS);
  const id = await begin();
  using follower = followers.follow(id, 0, NEVER);
  await follower.more();
  const more = follower.more();
  await tellInSilence(id);
  await more;
});

test.each(['finished', 'gone'])('so is a run that is %s', async (what) => {
  const { followers, keys, begin } = open(OFTEN_MS);
  const id = await begin();
  using follower = followers.follow(id, 0, NEVER);
  await follower.more();
  const more = follower.more();
  await (what === 'gone' ? redis.del(keys.run(id)) : redis.hset(keys.run(id), 'finishedAt', 1));
  await more;
});

test('whoever has all there is is left alone', async () => {
  const { followers, begin, tellInSilence } = open(OFTEN_MS);
  const [quiet, busy] = [await begin(), await begin()];
  await tellInSilence(quiet);
  using abreast = followers.follow(quiet, 1, NEVER);
  using behind = followers.follow(busy, 0, NEVER);
  await Promise.all([abreast.more(), behind.more()]);
  let isWoken = false;
  void abreast.more().then(() => {
    isWoken = true;
  });
  await tellInSilence(busy);
  for (let looks = 0; looks < 3; looks++) await behind.more();
  expect(isWoken).toBe(false);
});

test('what was told while the connection was away is looked for when it is back', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  const { followers, begin, tellInSilence } = open(SELDOM_MS, proxy.url);
  const id = await begin();
  using follower = followers.follow(id, 0, NEVER);
  await follower.more();
  const more = follower.more();
  await proxy.cut();
  await tellInSilence(id);
  await proxy.restore();
  await more;
});

test('whoever gives up is woken, and a run that nobody follows is not listened to', async () => {
  const { followers, begin, subscribers } = open(SELDOM_MS);
  const id = await begin();
  const caller = new AbortController();
  {
    using follower = followers.follow(id, 0, caller.signal);
    await follower.more();
    expect(await subscribers(id)).toBe(1);
    const more = follower.more();
    caller.abort();
    await more;
  }
  await until(async () => (await subscribers(id)) === 0);
});
