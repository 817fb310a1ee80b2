import { type Replies, reply } from '@codegen/testing/models/replies';
import { commandsWith, countCommands, watchCommands } from '@codegen/testing/redis/command-watch';
import { COMPLEX } from '@codegen/testing/runs/case';
import { describe, expect, inject, test } from 'vitest';
import { openQueue, type Queue, until } from '../queue.ts';

interface Budget {
  readonly route: string;
  readonly replies: Replies;
  /** Jobs of the run, including its root job. */
  readonly jobs: number;
  /** Commands that contain the id of the run, from its submission to the end of its last job. */
  readonly sent: number;
  /** The same, with each transaction counted as one. */
  readonly roundTrips: number;
  /** The same, including commands executed by scripts. */
  readonly executed: number;
}

/** Jobs of a complex run: one per stage, and the root. Each costs as much as any other. */
const JOBS = COMPLEX.length + 1;

/** About 10 % above what was measured. */
const BUDGETS: readonly Budget[] = [
  {
    route: 'simple',
    replies: { classify: reply('simple') },
    jobs: 3,
    sent: 27,
    roundTrips: 19,
    executed: 167,
  },
  {
    route: 'complex',
    replies: {},
    jobs: JOBS,
    sent: 27 + 6.5 * (JOBS - 3),
    roundTrips: 19 + 4.5 * (JOBS - 3),
    executed: 167 + 53.2 * (JOBS - 3),
  },
];

/** Submits a run and resolves when all of its jobs are completed; `before` are the jobs completed so far. */
async function complete(queue: Queue, jobs: number, before = 0) {
  const id = await queue.begin();
  await queue.finished(id);
  const completed = `${queue.keys.prefix}:stages:completed`;
  await until(async () => (await queue.redis.zcard(completed)) === before + jobs);
  return id;
}

/** One of these runs must stay within the budget: a busy machine adds commands, such as deltas in smaller parts. */
const MAX_RUNS = 5;

describe.skipIf(inject('redisKind') === 'embedded')('the Redis commands of a run', () => {
  test.each(BUDGETS)('a $route run stays within its budget', async ({ route, replies, jobs, ...budget }) => {
    await using queue = openQueue();
    await queue.startWorker(replies);
    // Connections send each script in full the first time.
    await complete(queue, jobs);
    await using watch = await watchCommands(inject('redisUrl'));
    const over: object[] = [];
    for (let runs = 1; runs <= MAX_RUNS; runs++) {
      const id = await complete(queue, jobs, runs * jobs);
      const { sent, roundTrips, executed } = countCommands(commandsWith(await watch.commands(), id));
      if (sent <= budget.sent && roundTrips <= budget.roundTrips && executed <= budget.executed) return;
      over.push({ sent, roundTrips, executed });
    }
    expect.fail(`each ${route} run exceeds ${JSON.stringify(budget)}: ${JSON.stringify(over)}`);
  });
});
