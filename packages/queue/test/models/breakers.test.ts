import { DEFAULT_RETRY, MODEL_BREAKER, type Role, type StageRuntime } from '@codegen/pipeline';
import { fails, hangs, type Reply, reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { StageWorkerEvent } from '../../src/index.ts';
import { createBreakers, subjectOf } from '../../src/models/breakers.ts';
import { connectBlocking } from '../../src/redis/connection.ts';
import { openQueue, until } from '../queue.ts';

const MAIN = 'instructTuned-1';
const simple = reply('simple');
const overloaded = fails({ intent: 'retry', code: 'overloaded' });

/** The main model replies as given; its fallback models write. */
const main =
  (reply: Reply): Reply =>
  (call, moments) =>
    call.model === MAIN ? reply(call, moments) : writes(call, moments);

/** A queue whose breakers open after two failures, with the changes that its workers reported. */
function openWithBreakers(pauseMs: number) {
  const changes: StageWorkerEvent[] = [];
  const breakers = { model: { ...MODEL_BREAKER, failures: 2, pauseMs, longestPauseMs: pauseMs } };
  const report = (event: StageWorkerEvent) => event.kind === 'breaker' && changes.push(event);
  return { queue: openQueue(), options: { breakers, report }, changes };
}

/** The role has one model, and stages wait for it. */
const ALONE: Partial<StageRuntime> = {
  models: (role) => (role === 'instructTuned' ? [MAIN] : ['other']),
  policy: { tries: 9, baseDelayMs: 1, fallbackAfterMs: 1_000, longestWaitMs: 60_000 },
  random: () => 0,
};

const answered = { outcome: { status: 'completed', degraded: [], response: simpleResponse } };

test.concurrent('no worker calls a model whose breaker is open, and the change is reported once', async () => {
  const { queue, options, changes } = openWithBreakers(60_000);
  await using _ = queue;
  const replies = { classify: simple, answer: main(overloaded) };
  const first = await queue.startWorker(replies, options);
  expect(await queue.finished(await queue.begin())).toMatchObject(answered);
  // A worker that starts later reads the stored breakers.
  const second = await queue.startWorker(replies, options);
  const ids = await Promise.all(Array.from({ length: 6 }, () => queue.begin()));
  for (const id of ids) expect(await queue.finished(id)).toMatchObject(answered);

  const models = [first, second].flatMap(({ models }) => models.calls.map(({ model }) => model));
  expect(models.filter((model) => model === MAIN)).toHaveLength(2);
  expect(changes).toMatchObject([{ model: MAIN, opened: 1, failure: { code: 'overloaded' } }]);
  expect(await queue.redis.hkeys(queue.keys.breakers)).toEqual([`model ${MAIN}`]);
  expect(await queue.redis.pttl(queue.keys.breakers)).toBeGreaterThan(0);
});

test.concurrent.each(['empty-answer', 'unreadable-answer'] as const)(
  'no caller opens the breaker of a model with prompts that it answers badly: %s',
  async (code) => {
    const { queue, options, changes } = openWithBreakers(60_000);
    await using _ = queue;
    const odd = fails({ intent: 'nextModel', code });
    const { models } = await queue.startWorker({ classify: simple, answer: main(odd) }, options);
    for (let runs = 0; runs < 4; runs++) await queue.finished(await queue.begin());
    expect(models.calls.filter(({ model }) => model === MAIN)).toHaveLength(4);
    expect(changes).toEqual([]);
    expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
  },
);

test.concurrent.each(['timeout', 'upstream-error'] as const)(
  'failures that a request can cause pause the model for its caller only: %s',
  async (code) => {
    const { queue, options, changes } = openWithBreakers(60_000);
    await using _ = queue;
    const odd = fails({ intent: 'retry', code });
    let isOdd = true;
    const answer = main((call, moments) => (isOdd ? odd : writes)(call, moments));
    const { models } = await queue.startWorker({ classify: simple, answer }, options);
    const callsOf = async (caller: string) => {
      const before = models.calls.length;
      expect(await queue.finished(await queue.begin(caller))).toMatchObject(answered);
      return models.calls.slice(before).filter(({ model }) => model === MAIN).length;
    };
    expect(await callsOf('odd')).toBe(2);
    isOdd = false;
    expect(await callsOf('odd')).toBe(0);
    expect(await callsOf('other')).toBe(1);
    expect(changes).toMatchObject([{ model: MAIN, caller: 'odd', opened: 1, failure: { code } }]);
  },
);

test.concurrent('calls that were too long while text arrived open no breaker', async () => {
  const { queue, options, changes } = openWithBreakers(60_000);
  await using _ = queue;
  const long = fails({ intent: 'retry', code: 'timeout', modelWorked: true });
  await queue.startWorker({ classify: simple, answer: main(long) }, options);
  for (let runs = 0; runs < 2; runs++)
    expect(await queue.finished(await queue.begin())).toMatchObject(answered);
  expect(changes).toEqual([]);
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
});

test.concurrent('a model that fails at the server of one role is called at that of another', async () => {
  const { queue, options, changes } = openWithBreakers(60_000);
  await using _ = queue;
  const replies = { classify: reply('ambiguous'), clarify: overloaded };
  const runtime = {
    models: () => ['shared'],
    policy: { ...DEFAULT_RETRY, baseDelayMs: 1, longestWaitMs: 1 },
  };
  const account = (role: Role) => (role === 'interpreter' ? 'down' : 'up');
  const { models } = await queue.startWorker(replies, { ...options, account }, runtime);
  // The interpreter's server fails; the simple route answers.
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({ status: 'completed' });
  expect(await queue.redis.hkeys(queue.keys.breakers)).toEqual(['model shared @down']);
  expect(changes).toMatchObject([{ model: 'shared', caller: null, opened: 1 }]);
  expect(models.calls.map(({ stage }) => stage)).toContain('answer');
});

test('names of breakers are read as they are written', () => {
  expect(subjectOf('account x-1')).toEqual({ account: 'x-1' });
  expect(subjectOf('account ')).toEqual({ account: '' });
  expect(subjectOf('model a/b:free')).toEqual({ account: '', model: 'a/b:free' });
  expect(subjectOf('model a b @x-1')).toEqual({ account: 'x-1', model: 'a b' });
  expect(subjectOf('model a @x-1 for me too')).toEqual({ account: 'x-1', model: 'a', caller: 'me too' });
});

test.concurrent('after the pause one trial call is made, and fallback models serve the others until it ends', async () => {
  const { queue, options, changes } = openWithBreakers(200);
  await using _ = queue;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isUp = false;
  const reply: Reply = async (call, moments) => {
    if (!isUp) return overloaded(call, moments);
    await held;
    return writes(call, moments);
  };
  const replies = { classify: simple, answer: main(reply) };
  const workers = [await queue.startWorker(replies, options), await queue.startWorker(replies, options)];
  await queue.finished(await queue.begin());
  isUp = true;
  const mainCalls = () => workers.flatMap(({ models }) => models.calls).filter(({ model }) => model === MAIN);
  const before = mainCalls().length;
  // The fallback model serves until the pause is over; then one of these runs makes the trial call.
  const trials: string[] = [];
  await until(async () => {
    trials.push(await queue.begin());
    await new Promise((resolve) => setTimeout(resolve, 20));
    return mainCalls().length > before;
  });
  const others = await Promise.all(Array.from({ length: 6 }, () => queue.begin()));
  for (const id of others) expect(await queue.finished(id)).toMatchObject(answered);
  expect(mainCalls()).toHaveLength(before + 1);

  release();
  for (const id of trials) expect(await queue.finished(id)).toMatchObject(answered);
  // A pause may have ended before the first run.
  expect(changes.length).toBeGreaterThan(1);
  expect(changes[0]).toMatchObject({ model: MAIN, opened: 1 });
  expect(changes.at(-1)).toMatchObject({ model: MAIN, until: null });
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
  await queue.finished(await queue.begin());
  expect(mainCalls().length).toBeGreaterThan(before + 1);
});

test.concurrent('a role with one model waits for it instead of failing its runs', async () => {
  const { queue, options, changes } = openWithBreakers(300);
  await using _ = queue;
  const reply: Reply = (call, moments) => (changes.length === 0 ? overloaded : writes)(call, moments);
  const { models } = await queue.startWorker({ classify: simple, answer: reply }, options, ALONE);
  const ids = await Promise.all(Array.from({ length: 5 }, () => queue.begin()));
  for (const id of ids) expect(await queue.finished(id)).toMatchObject(answered);
  // Calls in flight when it opened have failed, too.
  expect(models.calls.filter(({ ended }) => ended === 'failed').length).toBeLessThanOrEqual(2 + 5);
  expect(changes).toMatchObject([{ opened: 1 }, { until: null }]);
});

test.concurrent('another trial call starts after the first was cancelled', async () => {
  const { queue, options } = openWithBreakers(50);
  await using _ = queue;
  const reply: Reply = async (call, moments) => {
    const calls = models.calls.filter(({ model }) => model === MAIN).length;
    return (calls <= 2 ? overloaded : calls === 3 ? hangs : writes)(call, moments);
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

test.concurrent.each(['poll', 'update'])(
  'the late reply to a %s does not overwrite a newer state from a message',
  async (what) => {
    await using queue = openQueue();
    const { redis, keys } = queue;
    const subject = { account: '', model: 'm' };
    const change = (until: number) => () => ({
      failures: 1,
      opened: 1,
      since: 1,
      until,
      trialUntil: 0,
      lastFailure: { intent: 'retry', code: 'overloaded', message: '' } as const,
    });
    const open = (connection: typeof redis) => {
      const subscriptions = connectBlocking(inject('redisUrl'));
      const parts = { keys, subscriptions, now: Date.now, random: Math.random, report: () => {} };
      const breakers = createBreakers({ ...parts, redis: connection });
      onTestFinished(() => {
        breakers.close();
        subscriptions.disconnect();
      });
      return breakers;
    };
    const command = what === 'poll' ? 'hgetall' : 'updateBreaker';
    const replied = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = withSlowReply(
      connectBlocking(inject('redisUrl')),
      command,
      replied.resolve,
      release.promise,
    );
    onTestFinished(() => slow.disconnect());
    const [late, other] = [open(slow), open(redis)];
    await other.ready;
    if (what === 'update') await late.ready;
    const pending = what === 'poll' ? late.ready : late.change(subject, change(1));
    await replied.promise;
    await until(async () => what === 'poll' || other.pauseOf(subject)?.until === 1);
    await other.change(subject, change(2));
    await until(async () => late.pauseOf(subject)?.until === 2);
    release.resolve();
    await pending;
    expect(late.pauseOf(subject)?.until).toBe(2);
  },
);

/** A connection that passes on the replies of one command late. */
function withSlowReply<C extends object>(
  redis: C,
  command: string,
  onReply: () => void,
  release: Promise<void>,
): C {
  return new Proxy(redis, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== command) return value.bind(target);
      return async (...args: unknown[]) => {
        const reply = await value.apply(target, args);
        onReply();
        await release;
        return reply;
      };
    },
  });
}
