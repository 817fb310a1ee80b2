import { describe, expect, inject, test } from 'vitest';
import { type Replies, says } from '../../../test/conformance/replies.ts';
import { countCommands, naming, watchCommands } from '../../../test/redis/command-watch.ts';
import { openQueue } from './queue.ts';

/**
 * What a run may ask of Redis from being taken to being read: commands that name it, each a round trip, and all that
 * scripts carry out for them.
 */
const BUDGETS: [route: string, replies: Replies, sent: number, executed: number][] = [
  ['simple', { classify: says('simple') }, 9, 65],
  ['complex', {}, 17, 110],
];

describe.skipIf(inject('redisKind') === 'embedded')('what a run asks of Redis', () => {
  test.each(BUDGETS)('a %s run keeps to its budget', async (_, replies, sent, executed) => {
    await using queue = openQueue();
    await queue.startWorker(replies);
    // Scripts are sent in full the first time.
    await queue.settled(await queue.begin());
    await using watch = await watchCommands(inject('redisUrl'));
    const id = await queue.begin();
    await queue.settled(id);
    const count = countCommands(naming(await watch.seen(), id));
    expect(count.sent).toBeLessThanOrEqual(sent);
    expect(count.roundTrips).toBe(count.sent);
    expect(count.executed).toBeLessThanOrEqual(executed);
  });
});
