import { randomUUID } from 'node:crypto';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { connectBlocking } from '../../src/redis/connection.ts';
import { keysOf } from '../../src/redis/keys.ts';
import { createEventSubscribers } from '../../src/runs/run-events.ts';
import { until } from '../queue.ts';

const NEVER_POLL_MS = 1_000_000;
const POLL_MS = 10;
const NEVER = new AbortController().signal;

const redis = connectBlocking(inject('redisUrl'));
afterAll(() => redis.disconnect());

function open(recheckMs: number, redisUrl = inject('redisUrl')) {
  const keys = keysOf(`subscribers-${randomUUID()}`);
  const subscriber = connectBlocking(redisUrl);
  const subscribers = createEventSubscribers(redis, subscriber, keys, recheckMs);
  onTestFinished(() => {
    subscribers.close();
    subscriber.disconnect();
  });
  return {
    subscribers,
    subscriber,
    keys,
    async begin() {
      const id = randomUUID();
      await redis.hset(keys.run(id), 'createdAt', 1);
      return id;
    },
    /** Adds an event whose message is lost. */
    addEventSilently: (id: string) => redis.hincrby(keys.run(id), 'events', 1),
    countSubscriptions: async (id: string) =>
      Number((await redis.pubsub('NUMSUB', keys.eventChannel(id)))[1]),
  };
}

test('notifies subscribers when the subscription is confirmed and on each message', async () => {
  const { subscribers, keys, begin } = open(NEVER_POLL_MS);
  const id = await begin();
  using subscriber = subscribers.subscribe(id, 0, NEVER);
  using other = subscribers.subscribe(id, 0, NEVER);
  await Promise.all([subscriber.whenNotified(), other.whenNotified()]);
  const more = [subscriber.whenNotified(), other.whenNotified()];
  await redis.publish(keys.eventChannel(id), '');
  await Promise.all(more);
  // A message that arrives while nobody waits is not forgotten.
  await redis.publish(keys.eventChannel(id), '');
  await Promise.all([subscriber.whenNotified(), other.whenNotified()]);
});

test('notifies subscribers of a lost message with the next poll', async () => {
  const { subscribers, begin, addEventSilently } = open(POLL_MS);
  const id = await begin();
  using subscriber = subscribers.subscribe(id, 0, NEVER);
  await subscriber.whenNotified();
  const more = subscriber.whenNotified();
  await addEventSilently(id);
  await more;
});

test.each(['finished', 'gone'])(
  'notifies subscribers of a run that is %s with the next poll',
  async (what) => {
    const { subscribers, keys, begin } = open(POLL_MS);
    const id = await begin();
    using subscriber = subscribers.subscribe(id, 0, NEVER);
    await subscriber.whenNotified();
    const more = subscriber.whenNotified();
    await (what === 'gone' ? redis.del(keys.run(id)) : redis.hset(keys.run(id), 'finishedAt', 1));
    await more;
  },
);

test('does not notify a subscriber that has read all events', async () => {
  const { subscribers, begin, addEventSilently } = open(POLL_MS);
  const [quiet, busy] = [await begin(), await begin()];
  await addEventSilently(quiet);
  using idle = subscribers.subscribe(quiet, 1, NEVER);
  using behind = subscribers.subscribe(busy, 0, NEVER);
  await Promise.all([idle.whenNotified(), behind.whenNotified()]);
  let isNotified = false;
  void idle.whenNotified().then(() => {
    isNotified = true;
  });
  await addEventSilently(busy);
  for (let polls = 0; polls < 3; polls++) await behind.whenNotified();
  expect(isNotified).toBe(false);
});

test('checks for events missed while disconnected when the connection returns', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  const { subscribers, begin, addEventSilently } = open(NEVER_POLL_MS, proxy.url);
  const id = await begin();
  using subscriber = subscribers.subscribe(id, 0, NEVER);
  await subscriber.whenNotified();
  const more = subscriber.whenNotified();
  await proxy.cut();
  await addEventSilently(id);
  await proxy.restore();
  await more;
});

test('notifies a subscriber that aborts, and unsubscribes from a run without subscribers', async () => {
  const { subscribers, begin, countSubscriptions } = open(NEVER_POLL_MS);
  const id = await begin();
  const caller = new AbortController();
  {
    using subscriber = subscribers.subscribe(id, 0, caller.signal);
    await subscriber.whenNotified();
    expect(await countSubscriptions(id)).toBe(1);
    const more = subscriber.whenNotified();
    caller.abort();
    await more;
  }
  await until(async () => (await countSubscriptions(id)) === 0);
});

test('keeps the subscription of a run when its first subscriber ends before the others', async () => {
  const { subscribers, keys, begin, countSubscriptions } = open(NEVER_POLL_MS);
  const id = await begin();
  const first = subscribers.subscribe(id, 0, NEVER);
  using second = subscribers.subscribe(id, 0, NEVER);
  await Promise.all([first.whenNotified(), second.whenNotified()]);
  first[Symbol.dispose]();
  // A later command of the same connection: an UNSUBSCRIBE would have taken effect by then.
  using third = subscribers.subscribe(await begin(), 0, NEVER);
  await third.whenNotified();
  expect(await countSubscriptions(id)).toBe(1);
  const notified = second.whenNotified();
  await redis.publish(keys.eventChannel(id), '1');
  await notified;
});
