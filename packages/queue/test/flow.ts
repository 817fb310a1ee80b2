import { Queue as BullQueue, FlowProducer, type JobNode, type JobType } from 'bullmq';
import type { Queue } from './queue.ts';

/** What BullMQ itself shows of a run: stages by name, each with its state and what it waits for. */
export type Tree = readonly [stage: string, state: string, ...children: Tree[]];

/** Reads the flow of a run with BullMQ's own `getFlow`. */
export async function readFlow({ redis, keys }: Pick<Queue, 'redis' | 'keys'>, run: string): Promise<Tree> {
  const producer = new FlowProducer({ connection: redis, prefix: keys.prefix, skipVersionCheck: true });
  try {
    return await treeOf(await producer.getFlow({ id: run, queueName: 'stages', prefix: keys.prefix }));
  } finally {
    await producer.close();
  }
}

async function treeOf({ job, children = [] }: JobNode): Promise<Tree> {
  const below = await Promise.all(children.map(treeOf));
  const sorted = below.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [job.name, await job.getState(), ...sorted];
}

/** A flow as lines, for people. */
export function printFlow([stage, state, ...children]: Tree, indent = ''): string {
  const below = children.map((child, index) => {
    const isLast = index === children.length - 1;
    const lines = printFlow(child, `${indent}${isLast ? '   ' : '│  '}`);
    return `${indent}${isLast ? '└─ ' : '├─ '}${lines}`;
  });
  return [`${stage} (${state})`, ...below].join('\n');
}

/** The jobs of the queue `stages` in some states. */
export const jobsOf = async ({ redis, keys }: Queue, ...states: JobType[]) => {
  const queue = new BullQueue('stages', { connection: redis, prefix: keys.prefix, skipVersionCheck: true });
  try {
    return await queue.getJobs(states);
  } finally {
    await queue.close();
  }
};
