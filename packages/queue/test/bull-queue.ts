import { Queue as BullQueue, FlowProducer, type JobNode, type JobType } from 'bullmq';
import type { Queue } from './queue.ts';

type Connected = Pick<Queue, 'redis' | 'keys'>;

/** BullMQ's own queue `stages`. */
export function openBullQueue({ redis, keys }: Connected): BullQueue & AsyncDisposable {
  const bull = new BullQueue('stages', { connection: redis, prefix: keys.prefix, skipVersionCheck: true });
  return Object.assign(bull, { [Symbol.asyncDispose]: () => bull.close() });
}

/** Jobs of the queue `stages` in the given states. */
export async function jobsOf(queue: Connected, ...states: JobType[]) {
  await using bull = openBullQueue(queue);
  return await bull.getJobs(states);
}

/** A job with its state and its children. */
export type Tree = readonly [stage: string, state: string, ...children: Tree[]];

/** Reads the flow of a run with BullMQ's own `getFlow`. */
export async function readFlow({ redis, keys }: Connected, run: string): Promise<Tree> {
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

/** A flow as indented lines. */
export function printFlow([stage, state, ...children]: Tree, indent = ''): string {
  const below = children.map((child, index) => {
    const isLast = index === children.length - 1;
    const lines = printFlow(child, `${indent}${isLast ? '   ' : '│  '}`);
    return `${indent}${isLast ? '└─ ' : '├─ '}${lines}`;
  });
  return [`${stage} (${state})`, ...below].join('\n');
}
