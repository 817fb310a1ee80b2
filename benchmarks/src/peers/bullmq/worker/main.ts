import { graph, type Response, ROLES } from '@codegen/pipeline';
import { FlowProducer, type Job, WaitingChildrenError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { peerSettings } from '../../../config.ts';
import {
  createRuntime,
  perform,
  type Records,
  type RunRequest,
  respond,
  routeOf,
} from '../../pipeline-steps.ts';
import { entryFlow, queueOf, RUNS, type RunData, routeFlow } from '../flow.ts';

const { redisUrl, modelUrl, concurrency } = peerSettings();
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const producer = new FlowProducer({ connection });
const runtime = createRuntime(modelUrl);

const childrenOf = async (job: Job): Promise<Records> =>
  Object.assign({}, ...Object.values(await job.getChildrenValues()));

/** Returns the records of its children and its own, so that the run receives all records from its child. */
async function stage(job: Job<{ runRequest: RunRequest }>): Promise<Records> {
  const inputs = await childrenOf(job);
  const record = await perform(job.name, job.data.runRequest, inputs, runtime);
  return { ...inputs, [job.name]: record };
}

/** Waits for children twice: for classify, then for the route. */
async function run(job: Job<RunData>, token: string | undefined): Promise<Response> {
  const { runRequest } = job.data;
  const parent = { id: job.id ?? '', queue: job.queueQualifiedName };
  if (job.data.phase === 'classify') {
    await producer.add({ ...entryFlow(runRequest), opts: { parent } });
    await job.updateData({ ...job.data, phase: 'route' });
    if (await job.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError();
  }
  if (job.data.phase === 'route') {
    const classified = (await childrenOf(job))[graph.entry.stage.name];
    if (classified === undefined) throw new Error('classify has no record');
    await producer.add({ ...routeFlow(routeOf(classified), runRequest), opts: { parent } });
    await job.updateData({ ...job.data, phase: 'respond' });
    if (await job.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError();
  }
  const records = await childrenOf(job);
  const classified = records[graph.entry.stage.name];
  if (classified === undefined) throw new Error('classify has no record');
  return respond(routeOf(classified), records);
}

const workers = [
  ...ROLES.map((role) => new Worker(queueOf(role), stage, { connection, concurrency })),
  new Worker(RUNS, run, { connection, concurrency }),
];
for (const worker of workers) {
  worker.on('error', console.error);
  worker.on('failed', (_, error) => console.error(error));
}
await Promise.all(workers.map((worker) => worker.waitUntilReady()));
console.log('ready');
