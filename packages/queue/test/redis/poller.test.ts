import { expect, onTestFinished, test } from 'vitest';
import { createPoller } from '../../src/redis/poller.ts';
import { until } from '../queue.ts';

const NEVER_MS = 1_000_000;
const items = Array.from({ length: 250 }, (_, index) => index);

function open(periodMs: number, isBroken: (batch: number) => boolean = () => false) {
  const batches: (readonly number[])[] = [];
  const all = { items };
  const poller = createPoller(
    () => all.items,
    async (batch) => {
      batches.push(batch);
      if (isBroken(batches.length)) throw new Error('Redis is unavailable');
    },
    periodMs,
  );
  onTestFinished(() => poller.close());
  return { poller, batches, all };
}

test('checks all items in batches, again and again', async () => {
  const { batches } = open(3);
  await until(async () => batches.length >= 6);
  expect(batches.slice(0, 3).flat()).toEqual(items);
  expect(batches.slice(3, 6).flat()).toEqual(items);
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(100);
});

test('checks the current items in each round', async () => {
  const { batches, all } = open(3);
  await until(async () => batches.length >= 1);
  all.items = [7];
  await until(async () => batches.at(-1)?.length === 1);
  batches.length = 0;
  await until(async () => batches.length >= 3);
  expect(new Set(batches.flat())).toEqual(new Set([7]));
});

test('pollNow starts a round at once, without pauses', async () => {
  const { poller, batches } = open(NEVER_MS);
  poller.pollNow();
  await until(async () => batches.length === 3);
  expect(batches.flat()).toEqual(items);
});

test('starts a new round soon after a failed one', async () => {
  const { poller, batches } = open(NEVER_MS, (batch) => batch === 2);
  poller.pollNow();
  await until(async () => batches.length >= 3);
  expect(batches[2]).toEqual(batches[0]);
});

test('checks nothing after it is closed', async () => {
  const { poller, batches } = open(1);
  await until(async () => batches.length >= 1);
  poller.close();
  const before = batches.length;
  const other = open(1);
  await until(async () => other.batches.length >= 10);
  expect(batches).toHaveLength(before);
});
