import { Queue } from 'bullmq';
import { connectFailFast } from '../redis/connection.ts';
import { keysOf } from '../redis/keys.ts';
import { queuesOf, type RoleQueues, WEBHOOKS } from './flow.ts';

interface Options {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly roleQueues?: RoleQueues;
}

/** BullMQ's queues, for a dashboard. */
export interface BoardQueues {
  readonly queues: readonly Queue[];
  close(): Promise<void>;
}

/** Connects for a dashboard. It has a connection of its own, so that its lists of jobs delay no request. */
export function createBoardQueues({ redisUrl, namespace, roleQueues = {} }: Options): BoardQueues {
  const connection = connectFailFast(redisUrl);
  const { prefix } = keysOf(namespace);
  // Without these options, BullMQ writes to the queue when it connects.
  const options = { connection, prefix, skipVersionCheck: true, skipMetasUpdate: true };
  const queues = [...queuesOf(roleQueues), WEBHOOKS].map((name) => {
    const queue = new Queue(name, options);
    queue.on('error', () => {});
    return queue;
  });
  return {
    queues,
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
