import { expect, test } from 'vitest';
import { complexResponse } from '../../../test/conformance/case.ts';
import { prefers, type Reply, writes } from '../../../test/conformance/replies.ts';
import { openQueue } from './queue.ts';

test.concurrent.each<[string, Reply]>([
  ['polish', writes],
  ['compare', prefers('enhance.interpreted')],
])(
  'what Redis lost while %s was in a worker’s hands is told again, and no step is missing',
  async (stage, reply) => {
    await using queue = openQueue();
    const lost = Promise.withResolvers<void>();
    const held: Reply = async (asked, moments) => {
      await lost.promise;
      return reply(asked, moments);
    };
    const { models } = await queue.startWorker({ [stage]: held });
    const id = await queue.begin();
    await models.whenAsked(stage);

    // As an append-only file without its end leaves it: a state that was, some time ago.
    const name = queue.keys.run(id);
    const later = (await queue.redis.hkeys(name)).filter((field) =>
      /^(?:stage|ended|cost|by):|^(?:events|cost|route)$/.test(field),
    );
    await queue.redis.hdel(name, ...later);
    await queue.redis.del(queue.keys.log(id));
    lost.resolve();

    const { settled, route } = await queue.settled(id);
    expect(settled).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
    expect(route).toBe('complex');
  },
);
