import { MODEL_BREAKER, type StageRuntime } from '@codegen/pipeline';
import { simpleResponse } from '@codegen/testing/case';
import { fails, hangs, type Reply, reply, writes } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import type { ConsumerEvent } from '../src/index.ts';
import { openQueue, until } from './queue.ts';

const MAIN = 'instructTuned-1';
const simple = reply('simple');
const overloaded = fails({ intent: 'retry', code: 'overloaded' });

/** The main model does this, its stand-ins write. */
const main =
  (reply: Reply): Reply =>
  (asked, moments) =>
    asked.model === MAIN ? reply(asked, moments) : writes(asked, moments);

/** A queue whose breakers open after two failures, with what its workers told of them. */
function openWatched(pauseMs: number) {
  const turns: ConsumerEvent[] = [];
  const breakers = { model: { ...MODEL_BREAKER, failures: 2, pauseMs, longestPauseMs: pauseMs } };
  const report = (event: ConsumerEvent) => event.kind === 'breaker' && turns.push(event);
  return { queue: openQueue(), options: { breakers, report }, turns };
}

/** The role has one model, and a stage waits for it. */
const ALONE: Partial<StageRuntime> = {
  models: (role) => (role === 'instructTuned' ? [MAIN] : ['other']),
  policy: { tries: 9, baseDelayMs: 1, patienceMs: 1_000, longestWaitMs: 60_000 },
  random: () => 0,
};

const answered = { outcome: { status: 'completed', degraded: [], response: simpleResponse } };

test.concurrent('a model that keeps failing is left alone by all workers, and told of once', async () => {
  const { queue, options, turns } = openWatched(60_000);
  await using _ = queue;
  const replies = { classify: simple, answer: main(overloaded) };
  const first = await queue.startWorker(replies, options);
  expect(await queue.finished(await queue.begin())).toMatchObject(answered);
  // One that starts later knows it, too.
  const second = await queue.startWorker(replies, options);
  const ids = await Promise.all(Array.from({ length: 6 }, () => queue.begin()));
  for (const id of ids) expect(await queue.finished(id)).toMatchObject(answered);

  const asked = [first, second].flatMap(({ models }) => models.calls.map(({ model }) => model));
  expect(asked.filter((model) => model === MAIN)).toHaveLength(2);
  expect(turns).toMatchObject([{ model: MAIN, opened: 1, failure: { code: 'overloaded' } }]);
  expect(await queue.redis.hkeys(queue.keys.breakers)).toEqual([`model ${MAIN}`]);
  expect(await queue.redis.pttl(queue.keys.breakers)).toBeGreaterThan(0);
});

test.concurrent('after the pause one call finds out, and the others are served by the stand-in until it has', async () => {
  const { queue, options, turns } = openWatched(200);
  await using _ = queue;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isUp = false;
  const reply: Reply = async (asked, moments) => {
    if (!isUp) return overloaded(asked, moments);
    await held;
    return writes(asked, moments);
  };
  const replies = { classify: simple, answer: main(reply) };
  const workers = [await queue.startWorker(replies, options), await queue.startWorker(replies, options)];
  await queue.finished(await queue.begin());
  isUp = true;
  const asked = () => workers.flatMap(({ models }) => models.calls).filter(({ model }) => model === MAIN);
  const before = asked().length;
  // Until the pause is over the stand-in serves; then one of these finds out.
  const probes: string[] = [];
  await until(async () => {
    probes.push(await queue.begin());
    await new Promise((resolve) => setTimeout(resolve, 20));
    return asked().length > before;
  });
  const others = await Promise.all(Array.from({ length: 6 }, () => queue.begin()));
  for (const id of others) expect(await queue.finished(id)).toMatchObject(answered);
  expect(asked()).toHaveLength(before + 1);

  release();
  for (const id of probes) expect(await queue.finished(id)).toMatchObject(answered);
  // A pause may have been over before the first run was.
  expect(turns.length).toBeGreaterThan(1);
  expect(turns[0]).toMatchObject({ model: MAIN, opened: 1 });
  expect(turns.at(-1)).toMatchObject({ model: MAIN, until: null });
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
  await queue.finished(await queue.begin());
  expect(asked().length).toBeGreaterThan(before + 1);
});

test.concurrent('a role with one model waits for it instead of failing every run', async () => {
  const { queue, options, turns } = openWatched(300);
  await using _ = queue;
  const reply: Reply = (asked, moments) => (turns.length === 0 ? overloaded : writes)(asked, moments);
  const { models } = await queue.startWorker({ classify: simple, answer: reply }, options, ALONE);
  const ids = await Promise.all(Array.from({ length: 5 }, () => queue.begin()));
  for (const id of ids) expect(await queue.finished(id)).toMatchObject(answered);
  // Calls that were under way when it opened have failed, too.
  expect(models.calls.filter(({ ended }) => ended === 'failed').length).toBeLessThanOrEqual(2 + 5);
  expect(turns).toMatchObject([{ opened: 1 }, { until: null }]);
});

test.concurrent('a call that was to find out and is cancelled leaves that to the next one', async () => {
  const { queue, options } = openWatched(50);
  await using _ = queue;
  const reply: Reply = async (asked, moments) => {
    const calls = models.calls.filter(({ model }) => model === MAIN).length;
    return (calls <= 2 ? overloaded : calls === 3 ? hangs : writes)(asked, moments);
  };
  const replies = { classify: simple, answer: reply };
  const { models } = await queue.startWorker(replies, options, ALONE);
  const first = await queue.begin();
  await until(async () => models.calls.filter(({ model }) => model === MAIN).length === 3);
  const second = await queue.begin();
  await queue.runs.cancel(first);
  expect(await queue.finished(second)).toMatchObject(answered);
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
});
